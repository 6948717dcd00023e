"""`netproof audit`: the traps that are open on this host or in a network namespace, whoever configured it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from netproof.audit.audit import Audit, Found
    from netproof.cli.terminal import Terminal
    from netproof.state.facts import Facts


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--netns", metavar="N", help="audit this named network namespace instead of our own")
    parser.add_argument(
        "--baseline", metavar="FILE", type=Path, help="an earlier audit's JSON: its findings are not counted again"
    )
    parser.add_argument(
        "--probe", action="store_true", help="ask at bridges with findings, from a port made for it, who answers"
    )


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.audit.audit import audit
    from netproof.kernel.facts import gather
    from netproof.kernel.privilege import require_root

    accepted = _accepted(args.baseline) if args.baseline else frozenset()
    require_root()
    facts = gather(args.netns)
    told = audit(facts, accepted)
    shown = _probed(told, facts, args.netns) if args.probe else {}
    beside = [] if args.netns else _annexes()
    terminal.json(
        {
            "findings": [_as_json(found, args.netns, shown) for found in told.findings],
            "accepted": [found.id for found in told.accepted],
            "vanished": list(told.vanished),
            "not_run": dict(told.not_run),
            "beside": beside,
        }
    )
    _show(told, args.netns, shown, terminal)
    for netns in beside:
        terminal.line(f"beside it: this host's bridges in netns {netns}: netproof audit --netns {netns}")
    return 1 if told.findings else 3 if told.not_run else 0


def _annexes() -> list[str]:
    """Name the namespaces that are this host's beside its own, as far as netproof made them."""
    from netproof.kernel.marks import Marks
    from netproof.values.naming import ANNEX

    return sorted(name for name, _ in Marks("netproof").namespaces(f"*{ANNEX}*"))


def _accepted(path: Path) -> frozenset[str]:
    """Return the ids of what an earlier audit found or let pass. Raises UsageError."""
    import json

    from netproof.errors import UsageError

    try:
        value = json.loads(path.read_bytes())
        ids = [*(found["id"] for found in value["findings"]), *value["accepted"]]
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror}") from error
    except (ValueError, TypeError, LookupError) as error:
        raise UsageError(f"{path} is no baseline: expected what `netproof audit --format json` prints") from error
    if not all(isinstance(id_, str) for id_ in ids):
        raise UsageError(f"{path} is no baseline: its ids are no strings")
    return frozenset(ids)


def _probed(told: Audit, facts: Facts, netns: str | None) -> dict[str, str]:
    """Return by id what packets showed of those findings of which they can show something."""
    from netproof.cli.probing import probed
    from netproof.errors import KernelError

    shown = {}
    for found in told.findings:
        try:
            evidence = probed(found, facts, netns)
        except (KernelError, OSError) as error:
            evidence = f"not tried: {error}"
        if evidence is not None:
            shown[found.id] = evidence
    return shown


def _as_json(found: Found, netns: str | None, shown: Mapping[str, str]) -> dict[str, Any]:
    check, finding = found.check, found.finding
    return {
        "id": found.id,
        "check": check.name,
        "where": finding.where,
        "title": check.title,
        "evidence": finding.evidence,
        "why": check.why,
        "mend": list(finding.command(netns)),
        "reference": check.reference,
        **({"probe": shown[found.id]} if found.id in shown else {}),
    }


def _show(told: Audit, netns: str | None, shown: Mapping[str, str], terminal: Terminal) -> None:
    group = ""
    for found in told.findings:
        check = found.check
        if check.name != group:
            terminal.line((check.name, "bold yellow"), f": {check.title}")
            terminal.line(f"  {check.why}")
            terminal.line(f"  see {check.reference}")
            group = check.name
        terminal.line("  ", (found.finding.where, "bold"), f": {_plain(found.finding.evidence)}")
        if found.id in shown:
            terminal.line(f"    probe: {_plain(shown[found.id])}")
        terminal.line(f"    mend: {_plain(shlex.join(found.finding.command(netns)))}")
    for id_ in told.vanished:
        terminal.line(f"gone since the baseline: {_plain(id_)}")
    for name, why in told.not_run.items():
        terminal.line(f"not run: {name}: {_plain(why)}")
    terminal.line(f"{len(told.findings)} findings, {len(told.accepted)} accepted, {len(told.not_run)} checks not run")


def _plain(text: str) -> str:
    """Return `text` as a terminal can show it on one line, whatever somebody named a link."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


VERB = Verb(
    "audit",
    "the traps that are open on this host or in a namespace, whoever configured it",
    "Look for traps of virtual networks on this host, or in a network namespace, without any site file: each with what "
    "shows it, what comes of it, the command that mends it, and where to read on. Changes nothing; "
    "--probe makes a port at a bridge for about a second.",
    _arguments,
    _run,
)
