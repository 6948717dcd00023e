"""A plan as people and programs read it."""

from __future__ import annotations

from netproof.change.plan import Plan, PlannedStep
from netproof.change.step import Create, Replace
from netproof.cli.terminal import Part, Terminal

_SIGNS = {Create: ("+", "green"), Replace: ("~", "yellow")}
_GONE = ("-", "red")


def show_plan(host: str, plan: Plan, notes: tuple[str, ...], terminal: Terminal, **more: object) -> None:
    """Print the steps with their reasons, and what is there already without being ours; `more` is for programs only."""
    terminal.json(
        {
            "host": host,
            "steps": [_step(planned) for planned in plan],
            "present": [
                {"object": s.thing.describe(), "foreign": s.foreign, "reason": s.reason} for s in plan.satisfied
            ],
            "notes": list(notes),
            "aside": [
                {"endpoint": a.who.removeprefix("endpoint "), "netns": a.netns, "message": str(a)} for a in plan.aside
            ],
            **more,
        }
    )
    terminal.line((f"{host}: ", "bold"), _headline(plan))
    rows: list[tuple[tuple[str, str], str, str]] = [
        (("=", "dim"), s.thing.describe(), _with_place("present, foreign", s.reason))
        for s in plan.satisfied
        if s.foreign and not s.thing.SETTING
    ]
    rows += [(_sign(p), p.step.describe(), _with_impact(p)) for p in plan]
    width = min(72, max((len(text) for _, text, _ in rows), default=0))
    for sign, text, reason in rows:
        parts: tuple[Part, ...] = ("  ", sign, f"  {text:<{width}}  ", (reason, "dim"))
        terminal.line(*parts)
    for note in notes:
        terminal.line(("  note: ", "bold"), note)
    for aside in plan.aside:
        terminal.line(("  set aside: ", "bold red"), str(aside))


def _headline(plan: Plan) -> str:
    if not plan:
        return "nothing to do"
    counts = [sum(p.impact == impact for p in plan) for impact in ("recreate", "disruptive")]
    told = [f"{n} {word}" for n, word in zip(counts, ("re-created", "disruptive"), strict=True) if n]
    return f"{len(plan)} step{'s' * (len(plan) != 1)}, {', '.join(told) or 'none disruptive'}"


def _sign(planned: PlannedStep) -> tuple[str, str]:
    return _SIGNS.get(type(planned.step), _GONE)


def _with_place(text: str, reason: str) -> str:
    _, _, place = reason.partition("  ")
    return f"{text}  {place}" if place else text


def _with_impact(planned: PlannedStep) -> str:
    return planned.reason if planned.impact == "in place" else f"[{planned.impact}] {planned.reason}"


def _step(planned: PlannedStep) -> dict[str, str]:
    step = planned.step
    do = "create" if isinstance(step, Create) else "replace" if isinstance(step, Replace) else "delete"
    return {
        "do": do,
        "kind": step.key[0],
        "object": step.describe(),
        "impact": planned.impact,
        "reason": planned.reason,
    }
