"""An endpoint sends from its own MAC only. A locked port holds the same without nftables."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.attachments.guard.item import Item, Subject


def _own(subject: Subject) -> Iterator[str]:
    yield f"ether saddr != {subject.mac} drop"


ITEM = Item("mac", own=_own)
