"""The nft tables of a host, as a file for ``nft -f``: loaded again, it takes the place of what it loaded before."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.render.renderer import Renderer, Subject, printable
from netproof.render.tables import table_lines
from netproof.state.filters import NftTable
from netproof.state.object import HOME


def _render(subject: Subject) -> str:
    return "".join(f"{line}\n" for line in _lines(subject))


def _lines(subject: Subject) -> Iterator[str]:
    compiled = subject.compiled()
    yield "#!/usr/sbin/nft -f"
    yield f"# Tables of {subject.host}, {printable(subject.site.file)}. Load them before the links they guard are up."
    for netns in sorted({table.netns for table in compiled.state.of(NftTable)} - {HOME}):
        yield f"# Those of netns {netns} are to be loaded in there, and are not in this file: see `--to shell`."
    tables = [table for table in compiled.state.of(NftTable) if table.netns == HOME]
    for table in sorted(tables, key=lambda table: table.key):
        yield ""
        yield f"table {table.family} {table.name}"  # so that there is one to delete
        yield f"delete table {table.family} {table.name}"
        yield from table_lines(compiled, table)


RENDERER = Renderer("nft", _render)
