"""The proof of a fabric by every strategy, over either underlay: all of its claims are kept.

The drawing is in `fabric`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from netproof.registry import variants
from netproof.site.model import Site
from netproof.values.naming import vxlan_ifname
from shell import run

STRATEGIES = sorted(variants("netproof.overlays", "STRATEGY"))


def proved(site: Site) -> dict[str, list[str]]:
    """Return the ids of claims by their verdict."""
    argv = [sys.executable, "-m", "netproof", "prove", site.file, "--lab", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found: dict[str, list[str]] = {}
    for claim in json.loads(done.stdout)["claims"]:
        found.setdefault(claim["verdict"], []).append(claim["id"])
    return found


@pytest.mark.needs("netns", "nft")
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_fabric_is_proved_whole(make_fabric: Callable[..., Site], strategy: str, family: str) -> None:
    """Reach, isolation, identity, transport and MTU hold for both tenants."""
    verdicts = proved(make_fabric(strategy, family=family))
    assert verdicts.keys() == {"kept"}, {v: ids for v, ids in verdicts.items() if v != "kept"}
    kinds = {claim.split("/")[0] for claim in verdicts["kept"]}
    assert kinds == {"reach", "isolation", "identity", "transport", "mtu"}


@pytest.mark.needs("netns", "nft")
@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s != "static-l3"])
def test_segment_with_vni_and_an_uplink_is_proved_whole(make_fabric: Callable[..., Site], strategy: str) -> None:
    """A station on the uplink of one host is a member for the endpoints of all."""
    site = make_fabric(strategy, uplink=True)
    verdicts = proved(site)
    assert verdicts.keys() == {"kept"}, {v: ids for v, ids in verdicts.items() if v != "kept"}
    assert {"reach/blue3/client/echo/ipv4", "reach/client/blue3/echo/ipv4"} <= set(verdicts["kept"])


@pytest.mark.needs("netns", "nft", "bridge")
def test_flood_list_that_somebody_added_is_noticed(make_fabric: Callable[..., Site]) -> None:
    """One entry of the all-zero MAC carries what is for nobody across, and nothing else is broken by it."""
    site = make_fabric("static-l3")
    device = vxlan_ifname(site.name, "blue")
    run("ip", "netns", "exec", f"lab.{site.name}.h1",
        "bridge", "fdb", "append", "00:00:00:00:00:00", "dev", device, "dst", "203.0.113.2")  # fmt: skip
    assert proved(site)["broken"] == ["isolation/blue1/blue2/flooding/l2"]
