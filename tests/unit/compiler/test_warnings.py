"""What is accepted with a warning."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from netproof.compiler.warnings import warnings
from netproof.site.model import Site
from netproof.site.segments import Gateway
from unit.compiler.sites import SITE, isolated_by


def test_gateway_holds_what_its_methods_leave_open() -> None:
    """Its own rules let in what is for the gateway alone, of IP; a host beside it has none, nor has one left open."""
    site = isolated_by("arp-ignore")
    gateway = Gateway(("hv1",), (ip_interface("198.51.100.1/24"),))

    def routed(*, isolation: tuple[str, ...] = ("arp-ignore",), by: tuple[str, ...] = ("hv1",)) -> Site:
        dmz = replace(site.segments["dmz"], isolation=isolation, gateway=replace(gateway, hosts=by))
        return replace(site, segments={**site.segments, "dmz": dmz})

    assert warnings(site)
    [warning] = warnings(routed())
    assert "leaves open ethertype-to-host/l2;" in str(warning)
    assert warnings(routed(isolation=("ingress",))) == ()
    assert warnings(routed(isolation=("none",)))
    assert warnings(routed(by=("hv2",)))


def test_closed_isolation_warns_of_nothing() -> None:
    """Neither `auto` nor a method that closes every way is worth a word."""
    assert warnings(SITE) == ()
    assert warnings(isolated_by("tc-ingress")) == ()


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        (("none",), "isolation none leaves open every known way;"),
        (
            ("rp-filter", "disable-ipv6"),
            "isolation rp-filter, disable-ipv6 leaves open arp-probe/ipv4, ethertype-to-host/l2, udp-unspecified/ipv4;",
        ),
        (("disable-ipv6",), "isolation disable-ipv6 leaves open arp-probe/ipv4, arp-who-has/ipv4, ethertype-to-host"),
    ],
)
def test_isolation_that_leaves_a_way_open_is_warned_of(methods: tuple[str, ...], told: str) -> None:
    """The warning names each way and stands where the isolation is declared."""
    [warning] = warnings(isolated_by(*methods))
    assert str(warning).startswith(f'site.yaml:23:3: segment "dmz": {told}')
