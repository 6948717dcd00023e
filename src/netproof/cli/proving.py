"""Proofs composed and told: which vantages there are, and how a report reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from netproof.cli.terminal import Terminal

if TYPE_CHECKING:
    from netproof.apply.signals import Signals
    from netproof.lab.lab import Lab
    from netproof.proof.claim import Claim
    from netproof.proof.report import Report, Result
    from netproof.site.model import Site

KINDS = ("reach", "policy", "isolation", "identity", "transport", "path", "mtu")
"""Kinds of claims, in the order in which they are told."""
SHOWN = 24
"""How many stories of what is not kept are told before the rest is only counted."""


def prove_in_lab(site: Site, chosen: Iterable[Claim], signals: Signals) -> tuple[Report, Lab, Lab]:
    """Prove `chosen` claims of the furnished `site` in its lab, with its twin for controls.

    What is not up is built, and removed again. The caller holds `signals`, lest one comes between a lab that is up
    and whoever takes it down.
    """
    from netproof.kernel.netns import returning
    from netproof.kernel.privilege import require_root
    from netproof.lab.lab import borrowed, twin_of
    from netproof.proof.prove import prove

    require_root("CAP_NET_RAW")
    with borrowed(site) as lab, twin_of(site) as twin, returning(), signals.at_once():
        report = prove(lab.site, chosen, lab.vantages(), twin.vantages())
    return report, lab, twin


def prove_far_away(
    site: Site, text: bytes, file: str, hosts: Sequence[str], chosen: Collection[Claim]
) -> tuple[Report, dict[str, str], list[str]]:
    """Prove what of `chosen` can be watched from these live hosts, by ssh to each; `text` is the site's, of `file`.

    With the report come the endpoints that are cut off, each with why, and sentences on shadows.
    """
    from netproof.cli.shadows import played
    from netproof.cli.ssh import lines
    from netproof.proof.league import League
    from netproof.proof.prove import prove_far
    from netproof.site.shadows import in_some_shadow, own_addresses

    with lines(site, text, file, hosts) as every:
        stood_for = [name for line in every for name in line.shadows]
        seen = in_some_shadow(site, [name for line in every for name in line.shadowed], stood_for)
        league = League(seen, every, own_addresses(site, stood_for))
        report = played(seen, stood_for, chosen, lambda tried: prove_far(league, tried))
        cut_off = {name: why for line in every for name, why in line.cut_off.items()}
        return report, cut_off, [f"{line.host}: {sentence}" for line in every for sentence in line.told]


def holds_but_for(cut_off: Iterable[str], site: Site, report: Report) -> bool:
    """Say whether nothing is broken, and nothing inconclusive but what needs a segment with an endpoint cut off."""
    segments = {site.endpoints[name].segment for name in cut_off}
    excused = segments | {e.name for segment in segments for e in site.endpoints_of(segment)}
    return report.whole and all(
        r.verdict == "kept" or (r.verdict == "inconclusive" and not excused.isdisjoint((r.claim.from_, r.claim.to)))
        for r in report.results
    )


def show_report(site: Site, report: Report, terminal: Terminal, cut_off: Mapping[str, str]) -> None:
    """Print counts by kind, then what is not kept: who reached what, by which attacks, what was seen, what mends it."""
    from netproof.proof.report import report_to_json

    terminal.json(report_to_json(report))
    for kind in (k for k in KINDS if any(r.claim.kind == k for r in report.results)):
        count = Counter(r.verdict for r in report.results if r.claim.kind == kind)
        terminal.line(
            f"  {kind:<10}",
            (f" {count['kept']:>4} kept", "green"),
            (f" {count['broken']:>4} BROKEN", "bold red") if count["broken"] else "",
            (f" {count['inconclusive']:>4} inconclusive", "bold yellow") if count["inconclusive"] else "",
        )
    _show_what_is_not_kept(site, report, terminal)
    for name, why in cut_off.items():
        terminal.line(("cut off: ", "bold yellow"), f"endpoint {name}: {why}; nothing is proved of it")
    if report.elsewhere:
        terminal.line(f"{len(report.elsewhere)} claims have a party that can only be watched elsewhere")
    for sentence in report.not_claimed:
        terminal.line(("not claimed: ", "dim"), (sentence, "dim"))
    told = ", ".join(f"{n} {v}" for v, n in report.summary.items() if n and v != "elsewhere") or "no claims"
    style = "bold green" if report.holds else "bold red"
    terminal.line((told, style), f" of {len(report.results)} in {report.seconds:.1f} s")


def _show_what_is_not_kept(site: Site, report: Report, terminal: Terminal) -> None:
    bad = sorted((r for r in report.results if r.verdict != "kept"), key=lambda r: r.claim.from_ not in site.endpoints)
    stories: dict[tuple[str, str], list[Result]] = {}
    for result in bad:
        stories.setdefault((result.verdict, result.headline), []).append(result)
    for (verdict, headline), results in list(stories.items())[:SHOWN]:
        terminal.line((verdict.upper(), "bold red" if verdict == "broken" else "bold yellow"), "  ", (headline, "bold"))
        for result in results:
            terminal.line(f"        by    {result.by:<82} ", (result.claim.id, "dim"))
            terminal.line(f"        seen  {result.seen if verdict == 'broken' else result.evidence}")
        for mend in dict.fromkeys(r.mend for r in results if r.mend and verdict == "broken"):
            terminal.line(f"        mend  {mend}")
    if len(stories) > SHOWN:
        terminal.line(f"… and {len(stories) - SHOWN} more such: --format json lists all")
