"""`netproof lab`: the whole site as namespaces on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.elsewhere import kernel_argument
from netproof.cli.verb import FORMATS, NAMED, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import NoReturn

    from netproof.cli.terminal import Terminal


def _arguments(parser: argparse.ArgumentParser) -> None:
    import argparse

    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, act, summary in _ACTIONS:
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument("site", metavar="SITE", help="the site file" if name == "up" else NAMED)
        if name == "up":
            kernel_argument(action)
        if name in ("exec", "shell"):
            action.add_argument("node", metavar="NODE", help="a host, station, endpoint or network of the site")
        if name == "exec":
            action.add_argument("command", metavar="CMD", nargs="+", help="the program and its arguments, after --")
        if name not in ("exec", "shell"):
            action.add_argument("--format", choices=FORMATS, default=argparse.SUPPRESS, help="as before ACTION")
        action.set_defaults(act=act)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    act: Callable[[argparse.Namespace, Terminal], int] = args.act
    return act(args, terminal)


def _up(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.errors import UsageError
    from netproof.lab.lab import up
    from netproof.site.load import read_text
    from netproof.site.remembered import parse_remembered

    if args.kernel is not None:
        raise UsageError("a lab that stays up under another kernel is not supported by this version: `prove --lab` is")
    site = parse_remembered(read_text(args.site), args.site)
    with held():
        with terminal.working(f"lab {site.name}"):
            lab = up(site)
        terminal.json({"site": site.name, "nodes": len(lab.vantages()), "seconds": round(lab.seconds, 3)})
        terminal.line(f"lab {site.name}: {len(lab.vantages())} nodes up in {lab.seconds:.2f} s")
    return 0


def _down(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.cli.live import site_name
    from netproof.errors import Interrupted
    from netproof.lab.lab import down

    name = site_name(args.site)
    with held():
        try:
            gone = down(name)
        except Interrupted:
            raise Interrupted("`netproof lab down` again removes what is left") from None
        terminal.json({"site": name, "nodes": gone})
        terminal.line(f"lab {name}: {gone} nodes removed" if gone else f"lab {name}: nothing was up")
    return 0


def _status(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.cli.live import site_name
    from netproof.lab.lab import status

    found = status(site_name(args.site))
    state = "not up" if not found.nodes else "up" if found.built else "unfinished"
    terminal.json(
        {
            "site": found.site,
            "state": state,
            "nodes": [{"node": n.node, "netns": n.netns, "processes": n.processes} for n in found.nodes],
            "foreign": list(found.foreign),
        }
    )
    terminal.line(f"lab {found.site}: {state}")
    for node in found.nodes:
        running = f"  {node.processes} processes" if node.processes else ""
        terminal.line(f"  {node.node:<24} netns {node.netns}{running}")
    for foreign in found.foreign:
        terminal.line(("  foreign: ", "bold yellow"), f"netns {foreign} lacks the lab's mark")
    return 0


def _exec(args: argparse.Namespace, _terminal: Terminal) -> NoReturn:
    from netproof.cli.live import site_name
    from netproof.lab.visit import execute

    execute(site_name(args.site), args.node, args.command)


def _shell(args: argparse.Namespace, _terminal: Terminal) -> NoReturn:
    from netproof.cli.live import site_name
    from netproof.lab.visit import shell

    shell(site_name(args.site), args.node)


_ACTIONS: tuple[tuple[str, Callable[[argparse.Namespace, Terminal], int], str], ...] = (
    ("up", _up, "build the lab; returns when it has converged"),
    ("down", _down, "remove it, also after a crash; leaves no process, link, mount or file"),
    ("exec", _exec, "run a program on a node; its exit status is passed through"),
    ("shell", _shell, "a shell on a node"),
    ("status", _status, "list the nodes that are there"),
)

VERB = Verb(
    "lab",
    "the whole site as network namespaces on this machine",
    "Build the site as network namespaces on this machine, look around in it, and remove it.",
    _arguments,
    _run,
)
