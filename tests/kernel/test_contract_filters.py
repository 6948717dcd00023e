"""What every kernel promises of nft chains that jump."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from kernel.bench import Bench
from kernel.cases import BRIDGE, CHAIN, SHARED, TABLE
from netproof.change.step import Create, Delete, Replace
from netproof.errors import KernelError


def test_chain_that_is_jumped_to_cannot_go(bench: Bench) -> None:
    """Else a guard would be half a guard; once nothing jumps to it, it goes."""
    jumping = replace(CHAIN, rules=("jump shared",))
    bench.create(BRIDGE, TABLE, SHARED, jumping)
    with pytest.raises(KernelError) as told:
        bench.delete(SHARED)
    assert (told.value.what, told.value.errno) == (f"delete {SHARED.describe()}", errno.EBUSY)
    assert bench.has(SHARED)
    bench.do(Replace(jumping, CHAIN), Delete(SHARED))
    assert not bench.has(SHARED)


@pytest.mark.parametrize("made", [True, False], ids=["created", "replaced"])
def test_chain_cannot_jump_to_one_that_is_not_there(bench: Bench, made: bool) -> None:
    """The error names the chain that jumps, and what stood there stands."""
    bench.create(BRIDGE, TABLE, *([] if made else [CHAIN]))
    jumping = replace(CHAIN, rules=("jump shared",))
    with pytest.raises(KernelError) as told:
        bench.do(Create(jumping) if made else Replace(CHAIN, jumping))
    assert told.value.errno == errno.ENOENT
    assert bench.has(CHAIN) != made
