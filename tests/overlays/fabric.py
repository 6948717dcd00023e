"""Site files of hosts on one core network, with two tenants of the same subnets, addresses and MACs.

::

    h1: blue1 red1 ─┐
    h2: blue2 red2 ─┼─ core (1600)
    h3: blue3 red3 ─┘
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

OPTIONS: dict[str, dict[str, str]] = {
    "multicast": {
        "ipv4": "{strategy: multicast, group: 239.1.1.1}",
        "ipv6": '{strategy: multicast, group: "ff05::100"}',
    }
}
"""How a strategy is written in the site file, by the underlay's family, where its word alone is not enough."""


def site_text(
    name: str,
    blue: str,
    *,
    hosts: int = 3,
    family: Literal["ipv4", "ipv6"] = "ipv4",
    uplink: bool = False,
    narrow: bool = False,
) -> str:
    """Return a site whose tenant `blue` is stretched by the strategy `blue`, and `red` by flooding.

    `uplink`: blue has one on h1, with the station `client` behind it. `narrow`: the core carries too
    little for IPv6 inside, of which there is none.
    """
    subnet, vtep = (
        ("203.0.113.0/24", "203.0.113.{}/24") if family == "ipv4" else ("2001:db8:1::/64", "2001:db8:1::{}/64")
    )
    overlay = OPTIONS.get(blue, {}).get(family, blue)
    lines = [
        "netproof: 1",
        f"site: {name}",
        f"networks: {{core: {{subnets: ['{subnet}'], mtu: 1600}}}}",
        "hosts:",
        *(
            f"  h{n}: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: ['{vtep.format(n)}']}}}}}}"
            for n in range(1, hosts + 1)
        ),
        "segments:",
        f"  blue: {{vni: 100, overlay: {overlay}, subnets: [192.0.2.0/24, '2001:db8:2::/64']}}",
        "  red: {vni: 200, subnets: [192.0.2.0/24, '2001:db8:2::/64']}",
        "endpoints:",
        *_endpoints(hosts),
    ]
    text = "\n".join(lines) + "\n"
    if narrow:
        text = re.sub(r", '2001:db8:2::\d*(/64)?'", "", text).replace("mtu: 1600", "mtu: 1300")
    return _with_uplink(text) if uplink else text


def _with_uplink(text: str) -> str:
    client = "stations: {client: {network: hall, addresses: [192.0.2.99/24, '2001:db8:2::99/64']}}"
    for old, new in (
        ("networks: {", "networks: {hall: {mtu: 1550, subnets: [192.0.2.0/24, '2001:db8:2::/64']}, "),
        ("{eth0: {network: core", "{eth1: {network: hall}, eth0: {network: core"),
        ("vni: 100", "vni: 100, uplinks: [h1.eth1]"),
        ("segments:", f"{client}\nsegments:"),
    ):
        text = text.replace(old, new, 1)
    return text


def _endpoints(hosts: int) -> Iterator[str]:
    for tenant in ("blue", "red"):
        for n in range(1, hosts + 1):
            addresses = f"[192.0.2.{10 + n}/24, '2001:db8:2::{n}/64']"
            mac = f"50:54:33:00:00:{n:02x}"
            yield f'  {tenant}{n}: {{host: h{n}, segment: {tenant}, mac: "{mac}", addresses: {addresses}}}'
