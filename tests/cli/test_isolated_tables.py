"""What others put into the routing tables of an isolated NIC, or look up there, is named before anything is touched."""

from __future__ import annotations

import pytest

from cli.hypervisor import Hypervisor
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = """
netproof: 1
site: {site}
networks: {{infra: {{subnets: [192.168.14.0/24]}}}}
hosts:
  hv1: {{nics: {{eth1: {{network: infra, addresses: [192.168.14.1/24], isolated: {{table: 22}}}}}}}}
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "route add 8.8.8.0/24 via 192.168.14.3 dev eth1 onlink table 22",
            "route 8.8.8.0/24 via 192.168.14.3 dev eth1 table 22",
        ),
        ("route add 8.8.8.0/24 tos 0x10 dev eth1 table 22", "route 8.8.8.0/24 tos 0x10 dev eth1 table 22"),
        ("route add local 8.8.8.8 dev lo table 22", "route 8.8.8.8/32 table 22"),
        ("rule add priority 100 ipproto tcp lookup 22", "rule 100: from all … lookup 22 (ipv4)"),
    ],
)
def test_what_others_do_with_an_isolated_nics_table_is_a_conflict(host: Hypervisor, words: str, told: str) -> None:
    """On a host that is not configured yet, and as drift on one that is; with it gone, there is nothing to do."""
    host.file.write_text(SITE.format(site=host.site))
    sentence = f"netproof: {told} is foreign, and table 22 is an isolated NIC's alone; remove it"
    run("ip", "-n", host.hv, *words.split())
    before = host.look()
    for verb in ("plan", "apply"):
        assert host.refused(verb, expect=4) == sentence
    assert host.look() == before
    run("ip", "-n", host.hv, *words.replace(" add ", " del ").split())
    host.do("apply")
    run("ip", "-n", host.hv, *words.split())
    assert host.refused("plan", expect=4) == sentence
    host.do("remove")
