"""`netproof lab`: the whole site as namespaces on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from netproof.cli.elsewhere import kernel_argument
from netproof.cli.verb import FORMATS, NAMED, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

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
    from netproof.cli.elsewhere import stay_up
    from netproof.errors import UsageError
    from netproof.lab.lab import up
    from netproof.lab.machine.door import is_up
    from netproof.site.load import read_text
    from netproof.site.remembered import parse_remembered

    site = parse_remembered(read_text(args.site), args.site)
    if args.kernel is not None:
        return stay_up(args.kernel, site.name, args.site, terminal)
    if is_up(site.name):
        raise UsageError(f"lab {site.name} is up under another kernel: `netproof lab down SITE` removes it")
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
    from netproof.lab.machine.staying import down as switched_off

    name = site_name(args.site)
    with held():
        try:
            off = switched_off(name)
            gone = down(name)
        except Interrupted:
            raise Interrupted("`netproof lab down` again removes what is left") from None
        terminal.json({"site": name, "nodes": gone, "switched_off": off})
        if off:
            terminal.line(f"lab {name}: its kernel is switched off")
        if gone or not off:
            terminal.line(f"lab {name}: {gone} nodes removed" if gone else f"lab {name}: nothing was up")
    return 0


def _status(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.cli.elsewhere import where_it_stays
    from netproof.cli.live import site_name
    from netproof.lab.lab import status

    name = site_name(args.site)
    there = where_it_stays(name, ["lab", "status", args.site], terminal)
    if there is not None:
        return there
    found = status(name)
    state = "not up" if not found.nodes else "up" if found.built else "unfinished"
    terminal.json(
        {
            "site": found.site,
            "state": state,
            "kernel": os.uname().release,
            "nodes": [{"node": n.node, "netns": n.netns, "processes": n.processes} for n in found.nodes],
            "foreign": list(found.foreign),
        }
    )
    terminal.line(f"lab {found.site}: {state}" + (f" on Linux {os.uname().release}" if found.nodes else ""))
    for node in found.nodes:
        running = f"  {node.processes} processes" if node.processes else ""
        terminal.line(f"  {node.node:<24} netns {node.netns}{running}")
    for foreign in found.foreign:
        terminal.line(("  foreign: ", "bold yellow"), f"netns {foreign} lacks the lab's mark")
    return 0


def _exec(args: argparse.Namespace, _terminal: Terminal) -> int:
    from netproof.cli.elsewhere import become_there
    from netproof.cli.live import site_name
    from netproof.lab.visit import execute

    name = site_name(args.site)
    status = become_there(name, ["lab", "exec", args.site, args.node, "--", *args.command])
    return execute(name, args.node, args.command) if status is None else status


def _shell(args: argparse.Namespace, _terminal: Terminal) -> int:
    from netproof.cli.elsewhere import become_there
    from netproof.cli.live import site_name
    from netproof.lab.visit import shell

    name = site_name(args.site)
    status = become_there(name, ["lab", "shell", args.site, args.node])
    return shell(name, args.node) if status is None else status


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
