"""nftables tables as text, in the blocks that `nft` reads from a file and prints back."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.compiler.compile import Compiled
from netproof.render.renderer import printable
from netproof.state.filters import NftChain, NftTable
from netproof.state.kinds import rank


def table_lines(compiled: Compiled, table: NftTable) -> Iterator[str]:
    """Yield the block of a table: each chain under its reason, behind those that it jumps to."""
    yield f"table {table.family} {table.name} {{"
    chains = [chain for chain in compiled.state.of(NftChain) if chain.parent == table.key]
    for chain in sorted(chains, key=lambda chain: (rank(chain), chain.key)):
        yield f"\t# {printable(compiled.reasons[chain.key])}"
        yield f"\tchain {chain.name} {{"
        for line in (chain.hook, *chain.rules):
            if line:
                yield f"\t\t{line}"
        yield "\t}"
    yield "}"
