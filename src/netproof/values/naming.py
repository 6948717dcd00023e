"""Names and MACs derived from site, name and role, so that every run and every kernel gives the same.

A link of ours is ``S-N``; longer than 15 characters (IFNAMSIZ − 1) it is the first 9,
``-``, and 5 of base32 of sha256 over site, name and role. Derived MACs are locally administered unicast.
"""

from __future__ import annotations

import base64
import hashlib
import re

IFNAME_MAX = 15
NAME = "[a-z]([a-z0-9-]*[a-z0-9])?"
"""Regular expression of the names that a site file may give."""

ANNEX = "@"
"""Stands in the name of a network namespace that is a host's beside its own, an annex, and in nobody else's."""


def _digest(site: str, name: str, role: str) -> bytes:
    return hashlib.sha256(f"{site}/{name}/{role}".encode()).digest()


def ifname(site: str, name: str, role: str) -> str:
    """Return the name of the link that plays `role` for `name` of `site`; at most 15 characters."""
    full = f"{site}-{name}"
    if len(full) <= IFNAME_MAX:
        return full
    return f"{full[:9]}-{base64.b32encode(_digest(site, name, role)).decode().lower()[:5]}"


def derived_mac(site: str, name: str, role: str) -> str:
    """Return the fixed MAC of `role` of `name`: first octet 02, the rest from sha256."""
    return "02:" + ":".join(f"{b:02x}" for b in _digest(site, name, f"mac/{role}")[:5])


def number_of(site: str, name: str, role: str) -> int:
    """Return a large number of `role` of `name`, from sha256: where a table or zone that is to be chosen begins."""
    return int.from_bytes(_digest(site, name, f"number/{role}")[:8])


def bridge_ifname(site: str, segment: str) -> str:
    """Return the name of a segment's bridge."""
    return ifname(site, segment, "bridge")


def bridge_mac(site: str, segment: str, host: str) -> str:
    """Return the fixed MAC of a segment's bridge on `host`."""
    return derived_mac(site, f"{host}/{segment}", "bridge")


def gateway_mac(site: str, segment: str) -> str:
    """Return the MAC of a segment's gateway: the same on every host that routes for it."""
    return derived_mac(site, segment, "gateway")


def vxlan_ifname(site: str, segment: str) -> str:
    """Return the name of a segment's VXLAN device; no declared name has a dot, so it is nobody else's."""
    return ifname(site, f"{segment}.vx", "vxlan")


def vxlan_mac(site: str, segment: str, host: str) -> str:
    """Return the fixed MAC of a segment's VXLAN device on `host`."""
    return derived_mac(site, f"{host}/{segment}", "vxlan")


def vlan_ifname(site: str, nic: str, vid: int) -> str:
    """Return the name of the link that carries one VLAN of a NIC."""
    return ifname(site, f"{nic}.{vid}", "vlan")


def port_ifname(site: str, endpoint: str) -> str:
    """Return the name of the host's end of an endpoint's attachment."""
    return ifname(site, endpoint, "port")


def port_mac(site: str, endpoint: str) -> str:
    """Return the MAC of the host's end of an endpoint's attachment."""
    return derived_mac(site, endpoint, "port")


def endpoint_mac(site: str, endpoint: str) -> str:
    """Return the MAC of an endpoint that declares none."""
    return derived_mac(site, endpoint, "endpoint")


def chain_word(ifname: str) -> str:
    """Return `ifname` in the letters that nft takes in the name of a chain, which it does not let one quote."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda odd: f"_{ord(odd[0]):02x}", ifname)


def live_netns(site: str, endpoint: str) -> str:
    """Return the named network namespace of a live endpoint that names no other."""
    return f"{site}.{endpoint}"
