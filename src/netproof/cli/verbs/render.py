"""`netproof render`: a host, or the site, in other tools' words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--host", metavar="H", help="the host to render; needed but for a drawing")
    parser.add_argument("--to", metavar="LANGUAGE", required=True, help="shell, nft or dot")


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.cli.live import endpoint_netns
    from netproof.compiler.compile import compile_host
    from netproof.declared.text import meant
    from netproof.errors import UsageError
    from netproof.kernel.capabilities import capabilities
    from netproof.registry import variants
    from netproof.render.renderer import Subject
    from netproof.site.load import read_text
    from netproof.site.remembered import parse_remembered

    renderers = variants("netproof.render", "RENDERER")
    if args.to not in renderers:
        raise UsageError(f'nothing is rendered to "{args.to}"{meant(args.to, renderers)}')
    site = parse_remembered(read_text(args.site), args.site)
    if args.host is not None and args.host not in site.hosts:
        raise UsageError(f'site "{site.name}" has no host "{args.host}"{meant(args.host, site.hosts)}')
    subject = Subject(
        site, args.host, lambda host: compile_host(site, host, capabilities(), lambda e: endpoint_netns(site, e, None))
    )
    text: str = renderers[args.to].render(subject)
    terminal.json({"site": site.name, "host": args.host, "to": args.to, "text": text})
    terminal.line(text.rstrip("\n"))
    return 0


VERB = Verb(
    "render",
    "a host's commands, its nft tables, or the site as a graph, for other tools",
    "Print what `apply` would make of a host on this kernel as a shell script or as nft tables, or draw the site for "
    "graphviz. Touches nothing.",
    _arguments,
    _run,
)
