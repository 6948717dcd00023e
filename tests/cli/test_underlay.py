"""A segment stretched by multicast, on a NIC that carries less than the site says."""

from __future__ import annotations

import pytest

from cli.hypervisor import Hypervisor
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = """
netproof: 1
site: {site}
networks: {{core: {{subnets: [192.168.14.0/24], mtu: 1600}}}}
hosts:
  hv1: {{vtep: eth1, nics: {{eth1: {{network: core, addresses: [192.168.14.1/24]{mtu}}}}}}}
  hv2: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [192.168.14.2/24]}}}}}}
segments:
  b: {{vni: 100, overlay: {{strategy: multicast, group: 239.1.1.1}}, subnets: [192.0.2.0/24]}}
endpoints:
  one: {{host: hv1, segment: b, addresses: [192.0.2.1/24]}}
  two: {{host: hv2, segment: b, addresses: [192.0.2.2/24]}}
"""


def test_nic_too_narrow_for_a_group_is_named_before_anything_is_touched(host: Hypervisor) -> None:
    """The kernel would say no more than EINVAL."""
    host.file.write_text(SITE.format(site=host.site, mtu=""))
    before = host.look()
    for verb in ("plan", "apply"):
        assert host.refused(verb, expect=2) == (
            f"netproof: eth1 has an MTU of 1500 bytes here, and {host.site}-b.vx, which joins its group on it, "
            "needs 1600: give eth1 `mtu: 1600`, or its network `mtu: 1500`"
        )
    assert host.look() == before


def test_nic_is_widened_before_the_device_that_joins_its_group_on_it(host: Hypervisor) -> None:
    """And both get back what they had."""
    host.file.write_text(SITE.format(site=host.site, mtu=", mtu: 1600"))
    before = host.look()
    host.do("apply")
    assert "mtu 1550" in run("ip", "-n", host.hv, "link", "show", f"{host.site}-b.vx")
    host.file.write_text(host.file.read_text().replace("1600", "1700"))
    host.do("apply", "--confirm", "60")
    assert "mtu 1650" in run("ip", "-n", host.hv, "link", "show", f"{host.site}-b.vx")
    host.do("rollback")
    host.do("remove")
    assert host.look() == before
