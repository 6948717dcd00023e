"""`netproof prove`: the claims of a site against packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.elsewhere import kernel_argument
from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from netproof.cli.terminal import Terminal
    from netproof.proof.claim import Claim
    from netproof.site.model import Site


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE", help="the site file")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--lab", action="store_true", help="in the lab that is up, or one built for it and removed")
    where.add_argument("--host", metavar="H", help="on this live host, which is H of the site")
    where.add_argument("--ssh", action="store_true", help="on all live hosts of the site together, by ssh to each")
    parser.add_argument("--netns", metavar="N", help="with --host: in this named network namespace")
    parser.add_argument("--hosts", metavar="H,…", help="with --ssh: on these hosts only")
    kernel_argument(parser)
    parser.add_argument("--kind", metavar="K", help="only claims of this kind: reach, isolation, …")
    parser.add_argument("--from", metavar="X", dest="from_", help="only claims from this name")
    parser.add_argument("--to", metavar="Y", help="only claims to this name")


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.cli.proving import prove_far_away, prove_in_lab, show_report
    from netproof.cli.shadows import prove_standing
    from netproof.site.load import read_text
    from netproof.site.remembered import parse_remembered

    text = read_text(args.site)
    site = parse_remembered(text, args.site)
    chosen, hosts = _selection(args, site), _hosts(args, site)
    if args.kernel is not None:
        return _under_kernel(args, terminal)
    if args.lab and (status := _where_it_stays(args, site.name, terminal)) is not None:
        return status
    cut_off: Mapping[str, str] = {}
    shadows: Sequence[str] = ()
    with held() as signals:
        if args.lab:
            with terminal.working(f"proving {site.name}"):
                report, lab, twin = prove_in_lab(site, chosen, signals)
            terminal.line(
                f"lab {site.name}: {_count(site)} on Linux {report.kernel}; "
                f"up in {lab.seconds:.2f} s, open twin in {twin.seconds:.2f} s"
            )
        elif args.ssh:
            with terminal.working(f"proving {site.name}"), signals.at_once():
                report, cut_off, shadows = prove_far_away(site, text, args.site, hosts, chosen)
            terminal.line(f"{', '.join(hosts)} of {site.name}, live, on Linux {report.kernel}")
        else:
            with signals.at_once():
                report, at = prove_standing(site, args.host, args.netns, chosen)
            cut_off, shadows = at.left, at.told
            if at.recovered:
                terminal.line(("recovered: ", "bold yellow"), at.recovered)
            terminal.line(f"{args.host} of {site.name}, live, on Linux {report.kernel}")
        for sentence in shadows:
            terminal.line(("shadow: ", "bold"), sentence)
        show_report(site, report, terminal, cut_off)
    return 0 if report.holds else 1


def _under_kernel(args: argparse.Namespace, terminal: Terminal) -> int:
    """Prove in a lab under another kernel; the input was found right already, which costs less than to boot."""
    from netproof.cli.elsewhere import under_kernel
    from netproof.errors import UsageError
    from netproof.lab.machine.run import require_seen

    if not args.lab:
        raise UsageError("--kernel goes with --lab: a live host has the kernel that it runs")
    require_seen(args.site)
    return under_kernel(args.kernel, _narrowed(args), terminal)


def _where_it_stays(args: argparse.Namespace, name: str, terminal: Terminal) -> int | None:
    """Prove in the lab of the site that stays up under another kernel; None if none does."""
    from netproof.cli.elsewhere import where_it_stays
    from netproof.lab.machine.door import is_up
    from netproof.lab.machine.run import require_seen
    from netproof.lab.machine.staying import borrowed

    if not is_up(name):
        return None
    require_seen(args.site)
    with borrowed(name):
        return where_it_stays(name, _narrowed(args), terminal)


def _narrowed(args: argparse.Namespace) -> list[str]:
    options = (("--kind", args.kind), ("--from", args.from_), ("--to", args.to))
    return ["prove", "--lab", *(f"{option}={value}" for option, value in options if value is not None), "--", args.site]


def _hosts(args: argparse.Namespace, site: Site) -> tuple[str, ...]:
    """Return the hosts that are meant by --ssh. Raises UsageError where one is none of the site's."""
    from netproof.declared.text import meant
    from netproof.errors import UsageError

    if args.hosts is not None and not args.ssh:
        raise UsageError("--hosts goes with --ssh")
    if args.ssh and not site.hosts:
        raise UsageError(f'site "{site.name}" has no host: there is nobody to ask by ssh')
    hosts = tuple(site.hosts) if args.hosts is None else tuple(dict.fromkeys(args.hosts.split(",")))
    for host in hosts:
        if host not in site.hosts:
            raise UsageError(f'site "{site.name}" has no host "{host}"{meant(host, site.hosts)}')
    return hosts


def _selection(args: argparse.Namespace, site: Site) -> list[Claim]:
    """Return which claims are asked for. Raises UsageError if that is none: nothing tried is nothing proved."""
    from netproof.errors import UsageError
    from netproof.proof.claims import claims
    from netproof.site.furnished import furnished

    if args.netns and not args.host:
        raise UsageError("--netns goes with --host: a lab has its own namespaces")
    there = claims(furnished(site))
    for option, want, known in (
        ("--kind", args.kind, {c.kind for c in there}),
        ("--from", args.from_, {c.from_ for c in there}),
        ("--to", args.to, {c.to for c in there}),
    ):
        if want is not None and want not in known:
            raise UsageError(f"{option} {want}: no claim has it; there are {', '.join(sorted(known))}")

    def wanted(claim: Claim) -> bool:
        return all(
            want in (None, have)
            for want, have in ((args.kind, claim.kind), (args.from_, claim.from_), (args.to, claim.to))
        )

    chosen = [claim for claim in there if wanted(claim)]
    if not chosen:
        raise UsageError(
            "nothing to prove: each is known, but no claim has them all"
            if there
            else f"nothing to prove: site {site.name} makes no claims"
        )
    return chosen


def _count(site: Site) -> str:
    things = (
        (site.networks, "network"),
        (site.hosts, "host"),
        (site.stations, "station"),
        (site.endpoints, "endpoint"),
    )
    return ", ".join(f"{len(found)} {word}{'' if len(found) == 1 else 's'}" for found, word in things)


VERB = Verb(
    "prove",
    "try every claim of the site with real packets",
    "Try every claim that the site makes with packets, honest and hostile, and judge what was seen at the receivers.",
    _arguments,
    _run,
)
