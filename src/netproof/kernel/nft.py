"""nftables tables and chains of ours, as text both ways: what is written is what `nft -s list` prints back."""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from netproof.change.step import Create, Delete, Replace, Step
from netproof.errors import CannotError, KernelError
from netproof.kernel import libnftables
from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.failure import failed, refusal_of
from netproof.kernel.held import Held
from netproof.kernel.libnftables import NftRefusedError
from netproof.kernel.netlink import Request, attributes, get_text
from netproof.state.filters import TABLE_PREFIX, NftChain, NftTable
from netproof.state.object import KernelObject

_GETTABLE: Final = 10 << 8 | 1
_NFGEN = struct.Struct("=BBH")
_TABLE_NAME: Final = 1
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_ERRNO_OF = {os.strerror(number): number for number in errno.errorcode}
_DEVICE = re.compile(r'\bdevice "?([^"\s;]+)"?')


def read_tables(held: Held) -> list[NftTable]:
    """Return the tables that bear our prefix, whatever their site. A kernel without nftables has none."""
    try:
        bodies = held.netfilter().dump(Request(_GETTABLE, _NFGEN.pack(0, 0, 0)), "nft tables")
    except CannotError:
        return []
    except KernelError as error:
        if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
            return []
        raise
    found = ((_NFGEN.unpack_from(body)[0], attributes(body, _NFGEN.size)) for body in bodies)
    tables = [NftTable(held.name, _FAMILIES.get(n, str(n)), get_text(a[_TABLE_NAME])) for n, a in found]
    return [table for table in tables if table.name.startswith(TABLE_PREFIX)]


def read_contents(table: NftTable) -> list[NftChain] | None:
    """Return the chains of a table of the calling thread's namespace; None if it is no longer there.

    A listing for each table: nft 1.0.6 reads, for all commands of a text, only what one of them is about. Raises
    KernelError.
    """
    try:
        listed = libnftables.run(f"list {_name(table)}")
    except NftRefusedError as error:
        if error.words.startswith(os.strerror(errno.ENOENT)):
            return None
        refusal = _refusal(error.words)
        raise KernelError(f"read {table.describe()}", refusal.errno, refusal.text) from error
    return list(parse_tables(table.netns, listed))


def parse_tables(netns: str, listed: str) -> Iterator[NftChain]:
    """Read what `nft list table` prints: blocks by indentation; the first line of a base chain is its hook."""
    family = table = chain = hook = ""
    rules: list[str] = []
    for line in listed.splitlines():
        word = line.split()
        if line.startswith("table "):
            _, family, table, *_ = word
        elif line.startswith("\tchain "):
            chain, hook, rules = word[1], "", []
        elif line == "\t}" and chain:
            device = _DEVICE.search(hook)
            yield NftChain(netns, family, table, chain, hook, tuple(rules), device[1] if device else "")
            chain = ""
        elif chain and not rules and not hook and line.startswith("\t\ttype "):
            hook = line.strip()
        elif chain and line.strip():
            rules.append(line.strip())


def transact(steps: Sequence[Step], channel: Channel) -> None:
    """Do steps on tables and chains as one transaction, in the calling thread's namespace. Raises KernelError."""
    lines: list[str] = []
    owners: list[Step] = []
    for step in steps:
        _check_device(step, channel)
        commands = list(_commands(step))
        lines += commands
        owners += [step] * len(commands)
    try:
        libnftables.run("".join(f"{line}\n" for line in lines))
    except NftRefusedError as error:
        raise failed(owners[max(error.line, 1) - 1], _refusal(error.words)) from error


def _commands(step: Step) -> Iterator[str]:
    if isinstance(step, Create):
        yield from _made(step.thing)
    elif isinstance(step, Delete):
        yield f"delete {_name(step.thing)}"
    elif isinstance(step.after, NftChain) and isinstance(step.before, NftChain):
        if step.before.hook == step.after.hook:
            yield f"flush {_name(step.after)}"
            yield from _rules(step.after)
        else:
            yield f"delete {_name(step.before)}"
            yield from _made(step.after)


def _made(thing: KernelObject) -> Iterator[str]:
    if isinstance(thing, NftChain):
        yield f"create {_name(thing)}" + (f" {{ {thing.hook} }}" if thing.hook else "")
        yield from _rules(thing)
    else:
        yield f"create {_name(thing)}"


def _rules(chain: NftChain) -> Iterator[str]:
    return (f"add rule {chain.family} {chain.table} {chain.name} {rule}" for rule in chain.rules)


def _name(thing: KernelObject) -> str:
    if isinstance(thing, NftChain):
        return f"chain {thing.family} {thing.table} {thing.name}"
    assert isinstance(thing, NftTable)  # noqa: S101 - the only other kind that comes here
    return f"table {thing.family} {thing.name}"


def _check_device(step: Step, channel: Channel) -> None:
    """Raise ENODEV for a chain on an absent link: 6.18 takes it without a word, older kernels refuse."""
    thing = None if isinstance(step, Delete) else step.after if isinstance(step, Replace) else step.thing
    if isinstance(thing, NftChain) and thing.device:
        try:
            channel.ifindex(thing.device)
        except OSError as error:
            raise failed(step, refusal_of(error)) from error


def _refusal(words: str) -> Refusal:
    """Return nft's words as an errno where they are those of one, else as a text that the kernel never saw."""
    number = _ERRNO_OF.get(words)
    return Refusal(number) if number else Refusal(errno.EINVAL, words)
