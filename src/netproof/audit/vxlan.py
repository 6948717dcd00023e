"""VXLAN devices in the words of audit checks."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from netproof.state.facts import Facts, FdbEntry, Link
from netproof.values.address import Address, Family

ALL_ZERO: Final = "00:00:00:00:00:00"


def devices(facts: Facts) -> tuple[Link, ...]:
    """Return the VXLAN devices with a VNI of their own: not those that take it from each packet's metadata."""
    return tuple(link for link in facts.of_kind("vxlan") if not link.data.get("external"))


def named(link: Link, key: str) -> Address | None:
    """Return ``local``, ``group`` or ``remote`` of a device, of either family (in JSON ``group6`` and its like)."""
    text = link.data.get(key) or link.data.get(f"{key}6")
    return ip_address(text) if text else None


def family(link: Link) -> Family:
    """Return the family of the underlay."""
    address = named(link, "local") or named(link, "group") or named(link, "remote")
    return "ipv6" if address is not None and address.version == 6 else "ipv4"


def underlay(facts: Facts, link: Link) -> Link | None:
    """Return the link that a device's packets leave by: the one it is bound to, or that bears its local address."""
    local = named(link, "local")
    bearers = (a.ifname for a in facts.addresses if a.interface.ip == local)
    return facts.link(link.lower or str(link.data.get("link", "")) or next(bearers, ""))


def remote_entries(facts: Facts, link: Link) -> tuple[FdbEntry, ...]:
    """Return what a device knows of other VTEPs; the group it floods to is none."""
    return tuple(
        e
        for e in facts.fdb
        if e.ifname == link.ifname and e.dst is not None and not e.dst.is_multicast and not e.master
    )
