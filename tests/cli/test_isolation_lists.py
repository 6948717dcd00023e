"""A list of isolation methods on a host: applied, mended after somebody bent it, changed, and taken away."""

from __future__ import annotations

import pytest

from cli.hypervisor import Hypervisor
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

LISTED = "isolation: [no-arp, arp-ignore, arp-filter, rp-filter]"


def flags(host: Hypervisor) -> str:
    """Return what `ip link` shows of the bridge."""
    return run("ip", "-n", host.hv, "link", "show", f"{host.site}-dmz")


def settings(host: Hypervisor) -> list[str]:
    """Return the three settings of the bridge."""
    names = [f"net/ipv4/conf/{host.site}-dmz/{name}" for name in ("arp_ignore", "arp_filter", "rp_filter")]
    return run("ip", "netns", "exec", host.hv, "sysctl", "-n", *names).split()


def drift(host: Hypervisor) -> int:
    """Return how many steps a plan has."""
    return len(host.do("plan", "--format", "json").json["steps"])


def test_list_of_methods_is_applied_mended_changed_and_removed(host: Hypervisor) -> None:
    """What it asks for is there, what was bent comes back and nothing else, and another method leaves nothing of it."""
    before = host.look()
    auto = host.file.read_text()
    host.file.write_text(auto.replace("isolation: auto", LISTED))
    assert "the proof will show it broken" in host.do("apply").out
    assert "NOARP" in flags(host)
    assert settings(host) == ["8", "1", "1"]
    assert drift(host) == 0
    run("ip", "-n", host.hv, "link", "set", f"{host.site}-dmz", "arp", "on")
    run("ip", "netns", "exec", host.hv, "sysctl", "-qw", f"net/ipv4/conf/{host.site}-dmz/arp_filter=0")
    assert drift(host) == 2
    host.do("apply")
    assert "NOARP" in flags(host)
    assert settings(host) == ["8", "1", "1"]
    host.file.write_text(auto)
    host.do("apply")
    assert "NOARP" not in flags(host)
    assert settings(host) == ["0", "0", "0"]
    host.do("remove")
    assert host.look() == before
