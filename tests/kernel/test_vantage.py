"""What the prover sees of a node, and what this kernel can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netproof.errors import KernelError, UsageError
from netproof.kernel import libnftables
from netproof.kernel.capabilities import capabilities
from netproof.kernel.vantage import NamespaceVantage
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")


@pytest.fixture
def node(make_netns: Callable[[str], str]) -> str:
    """A namespace with one link that is up and has addresses."""
    name = make_netns("v")
    run("ip", "-n", name, "link", "add", "eth0", "address", "02:00:00:00:00:09", "type", "veth", "peer", "name", "far")
    for link in ("eth0", "far"):
        run("ip", "-n", name, "link", "set", link, "up")
    run("ip", "-n", name, "addr", "add", "192.0.2.1/24", "dev", "eth0")
    run("ip", "-n", name, "addr", "add", "2001:db8::1/64", "dev", "eth0", "nodad")
    return name


def test_vantage_tells_links_macs_and_addresses(node: str) -> None:
    """By name, as the prover asks."""
    vantage = NamespaceVantage("hv1", node)
    assert vantage.node == "hv1"
    assert set(vantage.links()) >= {"lo", "eth0", "far"}  # some kernels add tunnels of their own
    assert vantage.mac("eth0") == "02:00:00:00:00:09"
    assert set(vantage.addresses("eth0")) == {"192.0.2.1", "2001:db8::1"}
    with vantage.enter():
        assert "eth0" in Path("/proc/thread-self/net/dev").read_text()
    index = next(line.split(":")[0] for line in run("ip", "-n", node, "-o", "link").splitlines() if " eth0@" in line)
    assert vantage.ifindex("eth0") == int(index)


@pytest.mark.parametrize(
    ("to", "via"), [("203.0.113.7", "198.51.100.1"), ("2001:db8:9::7", "2001:db8:8::1")], ids=["ipv4", "ipv6"]
)
def test_route_leads_what_bears_its_mark_alone_and_only_inside_its_context(node: str, to: str, via: str) -> None:
    """Over a gateway that is in no subnet of ours: what an attacker would do; all other packets go as before."""
    vantage = NamespaceVantage("vm1", node)
    usual = "192.0.2.77" if via == "198.51.100.1" else "2001:db8::77"
    run("ip", "-n", node, "route", "add", "default", "via", usual)
    family = "-6" if ":" in to else "-4"
    before = run("ip", "-n", node, family, "rule") + run("ip", "-n", node, family, "route", "show", "table", "all")
    with vantage.route(to, via, "eth0", 99):
        assert f"via {via} dev eth0" in run("ip", "-n", node, "route", "get", to, "mark", "99")
        assert f"via {usual} dev eth0" in run("ip", "-n", node, "route", "get", to)
    after = run("ip", "-n", node, family, "rule") + run("ip", "-n", node, family, "route", "show", "table", "all")
    assert after == before


def test_route_that_a_killed_prover_left_is_no_obstacle(node: str) -> None:
    """The next proof takes it over, the rule that leads there too; a route of somebody else's making stays one."""
    run(
        "ip", "-n", node, "route", "add", "203.0.113.7", "via", "192.0.2.9", "dev", "eth0", "proto", "110", "table", "9"
    )
    selected = ("to", "203.0.113.7", "fwmark", "9", "table", "9", "priority", "1", "protocol", "110")
    run("ip", "-n", node, "rule", "add", *selected)
    run("ip", "-n", node, "route", "add", "203.0.113.8", "via", "192.0.2.9", "dev", "eth0", "table", "9")
    vantage = NamespaceVantage("vm1", node)
    with vantage.route("203.0.113.7", "192.0.2.9", "eth0", 9):
        pass
    assert "203.0.113.7" not in run("ip", "-n", node, "rule") + run("ip", "-n", node, "route", "show", "table", "9")
    with pytest.raises(KernelError, match="File exists"), vantage.route("203.0.113.8", "192.0.2.9", "eth0", 9):
        pass


def test_vantage_that_vanished_is_told(node: str) -> None:
    """A namespace or link that is gone is one sentence, never a number of another's."""
    vantage = NamespaceVantage("vm1", node)
    with pytest.raises(KernelError, match="nosuch at vm1"):
        vantage.mac("nosuch")
    run("ip", "netns", "del", node)
    with pytest.raises(UsageError, match="no network namespace"):
        vantage.links()


def test_capabilities_agree_with_other_peoples_tools(make_netns: Callable[[str], str]) -> None:
    """What `nft`, `tc` and `ip` can do here, we say; what they cannot, we do not."""
    name = make_netns("c")
    run("ip", "-n", name, "link", "add", "name", "br", "type", "bridge")
    run("ip", "-n", name, "link", "set", "dev", "br", "type", "bridge", "vlan_filtering", "1", check=False)
    details = run("ip", "-n", name, "-d", "link", "show", "br")
    found = capabilities()
    assert ("vlan-filtering" in found) == ("vlan_filtering 1" in details)
    inside = ("ip", "netns", "exec", name, "nft")
    for family, hook in (("netdev", 'ingress device "lo"'), ("bridge", "input"), ("inet", "forward")):
        text = f"add table {family} t; add chain {family} t c {{ type filter hook {hook} priority 0; }}; list ruleset"
        assert (f"nft-{family}" in found) == (f"table {family} t" in run(*inside, text, check=False))
    run("tc", "-n", name, "qdisc", "add", "dev", "br", "clsact")
    run("tc", "-n", name, "filter", "add", "dev", "br", "ingress", "matchall", "action", "drop", check=False)
    assert ("tc-gact" in found) == ("gact" in run("tc", "-n", name, "filter", "show", "dev", "br", "ingress"))
    run("ip", "-n", name, "link", "add", "name", "a", "type", "veth", "peer", "name", "b")
    run("ip", "-n", name, "link", "set", "dev", "a", "master", "br")
    run("bridge", "-n", name, "link", "set", "dev", "a", "locked", "on", check=False)
    assert ("locked-port" in found) == ("locked on" in run("bridge", "-n", name, "-d", "link", "show", "dev", "a"))
    run("ip", "-n", name, "-6", "route", "add", "unreachable", "default", "from", "::/128", check=False)
    assert ("ipv6-subtrees" in found) == ("from ::" in run("ip", "-n", name, "-6", "route"))


def test_capabilities_without_libnftables_have_no_nft(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may be able to, we are not."""
    monkeypatch.setattr(libnftables, "is_installed", lambda: False)
    assert not [name for name in capabilities.__wrapped__() if name.startswith("nft")]
