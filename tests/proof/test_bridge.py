"""The prover on an open bridge, on the same bridge closed by hand, and where it must not believe its own silence."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netproof.proof.claim import Claim
from netproof.proof.claims import claims
from netproof.proof.engine import PATIENCE
from netproof.proof.prove import prove
from netproof.proof.report import Report, report_to_json
from netproof.site.model import Site
from pace import PACE
from proof.conftest import HandLab
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

OVERHEARD = "/unknown-unicast/"
"""What a bridge that learns keeps by itself, however open; it takes three, of whom the router is far from the host."""


def some(site: Site, *parts: str) -> list[Claim]:
    """Return the claims whose id has one of `parts`."""
    return [c for c in claims(site) if any(p in c.id for p in parts)]


def verdicts(report: Report) -> dict[str, str]:
    """Return the verdicts by claim."""
    return {r.claim.id: r.verdict for r in report.results}


def test_open_bridge_breaks_every_denial_and_keeps_every_reach(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Each class arrives where nothing is in its way, and a second proof finds nothing poisoned by the first."""
    lab, twin = make_lab(), make_lab()
    for _ in range(2):
        report = prove(site, claims(site), lab.vantages, twin.vantages)
        found = verdicts(report)
        overheard = {c.id for c in some(site, OVERHEARD)}
        assert {i for i, v in found.items() if v == "kept"} == {i for i in found if i.startswith("reach/")} | overheard
        assert report.summary == {"kept": 22, "broken": 158, "inconclusive": 0, "elsewhere": 0}
        assert report.seconds < PACE * (2 + 2 * PATIENCE)  # of two victims, what a theft keeps from them is waited for


def test_way_that_gets_through_opens_no_other(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Who gets a frame asks for its sender, who then knows the asker's MAC: routes are tried without such help."""
    lab, twin = make_lab(), make_lab()
    lab.run("hv1", "sysctl", "-qw", "net.ipv4.conf.all.arp_filter=1")
    found = verdicts(prove(site, some(site, "isolation/vm1/hv1/"), lab.vantages, twin.vantages))
    assert found["isolation/vm1/hv1/neigh-broadcast-mac/ipv4"] == "broken"
    assert found["isolation/vm1/hv1/route/ipv4"] == "kept"


def test_closed_bridge_keeps_isolation_but_for_what_never_enters_it(
    site: Site, make_lab: Callable[[], HandLab]
) -> None:
    """A drop at the bridge's ingress closes every way but the link-local groups, which the port alone can stop."""
    lab, twin = make_lab(), make_lab()
    lab.close_bridge()
    report = prove(site, some(site, "isolation/", "reach/"), lab.vantages, twin.vantages)
    broken = {i for i, v in verdicts(report).items() if v != "kept"}
    groups = ("lldp-to-host", "link-local-group-to-host")
    at_ports = {f"isolation/{vm}/hv1/{group}/l2" for vm in ("vm1", "vm2") for group in groups}
    assert broken == at_ports | {f"isolation/{m}/hv1/neigh-multicast-mac/ipv4" for m in ("vm1", "vm2", "router")}
    lab.close_ports()
    report = prove(site, some(site, "isolation/", "reach/"), lab.vantages, twin.vantages)
    assert {i for i, v in verdicts(report).items() if v != "kept"} == at_ports
    # Neighbours that were asked in vain are still being asked for: a second proof must wait until its own are.
    assert {
        i for i, v in verdicts(prove(site, some(site, "/route/"), lab.vantages, twin.vantages)).items() if v != "kept"
    } == set()


def test_guard_by_hand_keeps_what_it_holds(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """With vm1 held to its MAC, only vm1's MAC claims are kept, and vm2's are broken as before."""
    lab, twin = make_lab(), make_lab()
    lab.guard("vm1", f"ether saddr != {site.endpoints['vm1'].mac} drop")
    found = verdicts(prove(site, some(site, "/mac-spoof/", "/ip-spoof/"), lab.vantages, twin.vantages))
    assert {i for i, v in found.items() if v == "kept"} == {
        f"identity/vm1/{to}/mac-spoof/l2" for to in ("vm2", "router")
    }


def test_opening_a_closed_bridge_is_noticed_at_once(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """What the closed proof left behind in neighbour tables must not hide the hole a moment later."""
    lab, twin = make_lab(), make_lab()
    lab.close()
    routes = some(site, "hv1/route/", "pdu/route/")
    assert set(verdicts(prove(site, routes, lab.vantages, twin.vantages)).values()) == {"kept"}
    lab.run("hv1", "nft", "flush", "ruleset")
    assert set(verdicts(prove(site, routes, lab.vantages, twin.vantages)).values()) == {"broken"}


def test_a_control_of_other_bytes_is_none(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Somebody gave vm1 another MAC in the lab: what its guard drops now is not what arrived in the twin."""
    lab, twin = make_lab(), make_lab()
    lab.guard("vm1", f"ether saddr != {site.endpoints['vm1'].mac} drop")
    lab.run("vm1", "ip", "link", "set", "eth0", "address", "02:00:00:00:00:99")
    found = verdicts(prove(site, some(site, "isolation/vm1/hv1/"), lab.vantages, twin.vantages))
    assert "kept" not in found.values()


def test_without_a_twin_no_denial_is_kept(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """No control, no verdict; what may talk needs none."""
    lab = make_lab()
    lab.close()
    report = prove(site, some(site, "isolation/vm1/hv1/neigh", "reach/vm1"), lab.vantages, None)
    assert {(r.claim.kind, r.verdict) for r in report.results} == {("isolation", "inconclusive"), ("reach", "kept")}
    assert "no control: there is no open twin" in report.results[0].evidence


@pytest.mark.parametrize(
    ("node", "breakage"),
    [
        ("hv1", ("ip", "link", "set", "demo-dmz", "down")),
        ("hv1", ("ip", "address", "flush", "dev", "eth1")),
        ("vm1", ("ip", "link", "set", "eth0", "down")),
    ],
)
def test_twin_in_which_nothing_arrives_is_no_control(
    site: Site, make_lab: Callable[[], HandLab], node: str, breakage: tuple[str, ...]
) -> None:
    """A twin that is broken itself never lends its silence to the lab."""
    lab, twin = make_lab(), make_lab()
    lab.close()
    twin.run(node, *breakage)
    found = verdicts(
        prove(
            site,
            some(site, "isolation/vm1/hv1/neigh", "isolation/vm1/hv1/udp-one-way/ipv4"),
            lab.vantages,
            twin.vantages,
        )
    )
    assert set(found.values()) == {"inconclusive"}


@pytest.mark.parametrize(
    ("node", "breakage"),
    [
        ("vm1", ("ip", "link", "set", "eth0", "down")),
        ("vm1", ("ip", "link", "del", "eth0")),
        ("hv1", ("ip", "link", "set", "demo-vm1", "down")),
        ("hv1", ("ip", "link", "set", "lo", "down")),
    ],
)
def test_sender_or_receiver_out_of_order_is_inconclusive(
    site: Site, make_lab: Callable[[], HandLab], node: str, breakage: tuple[str, ...]
) -> None:
    """A sender that cannot send and a receiver that cannot be heard to hear keep nothing."""
    lab, twin = make_lab(), make_lab()
    lab.close()
    lab.run(node, *breakage)
    report = prove(site, some(site, "isolation/vm1/hv1/"), lab.vantages, twin.vantages)
    # Answers to ARP are heard at the sender, LLDP and its like at port and bridge: none needs the host's own ears.
    at_links = {"lldp-to-host", "link-local-group-to-host", "ethertype-to-host"}
    needless = {*at_links, "arp-who-has", "arp-probe"} if "lo" in breakage else set()
    assert {r.verdict for r in report.results if r.claim.class_ not in needless} == {"inconclusive"}


@pytest.mark.parametrize("where", ["lab", "twin"])
@pytest.mark.parametrize(
    ("node", "breakage"),
    [
        ("vm1", ("ip", "link", "set", "eth0", "down")),
        ("hv1", ("ip", "link", "set", "demo-vm1", "down")),
        ("vm1", ("ip", "link", "del", "eth0")),
    ],
)
def test_what_is_cut_off_is_not_waited_for(
    site: Site, make_lab: Callable[[], HandLab], node: str, breakage: tuple[str, ...], where: str
) -> None:
    """No patience brings a packet out of a dead link: the proof takes about its usual time, and keeps nothing by it."""
    labs = {"lab": make_lab(), "twin": make_lab()}
    labs["lab"].close()
    labs[where].run(node, *breakage)
    # Nothing holds a MAC in these labs: what a theft keeps from its victim would be waited for, and rightly.
    tried = [claim for claim in claims(site) if claim.class_ != "after-mac-theft"]
    report = prove(site, tried, labs["lab"].vantages, labs["twin"].vantages)
    denials = [r for r in report.results if "vm1" in (r.claim.from_, r.claim.to) and r.claim.expect == "deny"]
    if where == "twin":
        denials = [r for r in denials if r.control != "ends"]
    assert "kept" not in {r.verdict for r in denials}
    assert report.seconds < PACE * 2.5


class Vanishing:
    """A vantage whose namespace goes away the second time that it is looked at."""

    def __init__(self, inner: object, looks: int) -> None:
        self._inner, self._looks = inner, looks

    def __getattr__(self, name: str) -> object:
        self._looks -= 1
        if self._looks < 0 and name in {"enter", "mac", "links", "route", "ifindex"}:
            raise FileNotFoundError(2, "namespace is gone")
        return getattr(self._inner, name)


@pytest.mark.parametrize("node", ["vm1", "hv1", "router"])
@pytest.mark.parametrize("looks", range(6))
@pytest.mark.parametrize("where", ["lab", "twin"])
def test_vantage_that_vanishes_is_inconclusive_or_harmless(
    site: Site, make_lab: Callable[[], HandLab], node: str, looks: int, where: str
) -> None:
    """A namespace that goes away at any look is told, never raised, and never makes a claim kept that it carried."""
    labs = {"lab": make_lab(), "twin": make_lab()}
    labs["lab"].close_bridge()
    seen = {name: dict(lab.vantages) for name, lab in labs.items()}
    seen[where][node] = Vanishing(seen[where][node], looks)
    report = prove(site, some(site, "isolation/vm1/hv1/route", "reach/vm1/router"), seen["lab"], seen["twin"])
    if looks == 0 and (where == "lab" or node != "router"):
        involved = [r for r in report.results if node in (r.claim.from_, r.claim.to) and (where == "lab" or r.control)]
        assert {r.verdict for r in involved} == {"inconclusive"} if involved else True


def test_namespace_deleted_during_the_proof_is_told(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Its links go away under the prover's feet, between the first and the last packet."""
    lab, twin = make_lab(), make_lab()
    lab.close()

    class Sawn:
        """A vantage that is sawn off when its host route has been laid."""

        def __getattr__(self, name: str) -> object:
            return getattr(lab.vantages["vm1"], name)

        @contextmanager
        def route(self, to: str, via: str, ifname: str, mark: int) -> Iterator[None]:
            """Lay the route, then remove the link."""
            with lab.vantages["vm1"].route(to, via, ifname, mark):
                run("ip", "-n", lab.names["vm1"], "link", "del", "eth0", check=False)
                yield

    report = prove(site, some(site, "isolation/vm1/"), {**lab.vantages, "vm1": Sawn()}, twin.vantages)
    assert {r.verdict for r in report.results if r.claim.class_ == "route"} == {"inconclusive"}


def test_lab_without_a_vantage_is_inconclusive(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """A node that the lab should have and has not is a defect, not a kept claim."""
    lab, twin = make_lab(), make_lab()
    lab.close()
    without = {n: v for n, v in lab.vantages.items() if n != "hv1"}
    found = verdicts(prove(site, some(site, "isolation/vm1/hv1/neigh"), without, twin.vantages))
    assert set(found.values()) == {"inconclusive"}


def test_live_host_judges_what_is_here_by_its_ends(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Without a twin, claims between what can be watched here are kept by their ends; the rest is elsewhere."""
    lab = make_lab()
    lab.close()
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    report = prove(site, some(site, "isolation/", "reach/"), here, None, live=True)
    far = {c.id for c in some(site, "router/", "pdu/") if c.kind != "identity"}
    assert {c.id for c in report.elsewhere} == far | {c.id for c in some(site, "/group-to-host/", OVERHEARD)}
    behind_the_bridge = (r for r in report.results if r.claim.kind == "isolation" and r.claim.family != "l2")
    tried = {r.claim.id: r for r in behind_the_bridge}
    assert {(r.verdict, r.control) for r in tried.values()} == {("kept", "ends")}
    assert report.summary["elsewhere"] == len(report.elsewhere)


def test_live_host_alone_with_one_endpoint_has_no_control(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Nobody of its own segment can be watched: the ends are missing."""
    lab = make_lab()
    lab.close()
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1")}
    found = verdicts(prove(site, some(site, "isolation/vm1/hv1/neigh"), here, None, live=True))
    assert set(found.values()) == {"inconclusive"}


def test_live_host_without_one_of_its_own_endpoints_is_in_doubt(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Only what is of another host is elsewhere: a namespace that should be here and is not proves nothing."""
    lab = make_lab()
    report = prove(site, claims(site), {"hv1": lab.vantages["hv1"]}, None, live=True)
    far = {c.id for c in claims(site) if {c.from_, c.to} & {"router", "pdu"}}
    assert {c.id for c in report.elsewhere} == far | {c.id for c in some(site, "/group-to-host/", OVERHEARD)}
    assert report.results
    assert {r.verdict for r in report.results} == {"inconclusive"}
    assert not report.holds


def test_live_host_waits_for_addresses_that_are_tentative(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Right after an apply the kernel still asks whether an address is taken, and sends nothing from it."""
    lab = make_lab()
    lab.close()
    lab.run("vm1", "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=1", "net.ipv6.conf.all.accept_dad=1")
    lab.run("vm1", "ip", "link", "set", "eth0", "down")
    lab.run("vm1", "ip", "link", "set", "eth0", "up")
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    report = prove(site, some(site, "isolation/vm1/hv1/ipv6-link-local"), here, None, live=True)
    assert [(r.verdict, r.evidence) for r in report.results if r.verdict != "kept"] == []


def test_live_host_never_forges_a_real_identity(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Hostile probes on a live host bear reserved MACs and addresses: no neighbour table learns a lie about anybody."""
    lab = make_lab()
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    true = lab.vantages["router"].mac("eth0")
    lab.run("vm2", "ip", "neigh", "add", "198.51.100.254", "lladdr", true, "dev", "eth0", "nud", "stale")
    report = prove(site, some(site, "identity/vm1/vm2/"), here, None, live=True)
    assert {r.verdict for r in report.results} == {"broken"}
    assert true in lab.run("vm2", "ip", "neigh", "show", "198.51.100.254")
    assert not any("passes for router" in r.headline for r in report.results)


def test_report_is_the_documented_json(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Key for key what the page shows; times and words of the evidence apart."""
    lab, twin = make_lab(), make_lab()
    lab.close()
    report = report_to_json(
        prove(site, some(site, "isolation/vm1/hv1/neigh-broadcast-mac/ipv4"), lab.vantages, twin.vantages)
    )
    assert list(report) == [
        "netproof",
        "site",
        "kernel",
        "where",
        "seconds",
        "claims",
        "elsewhere",
        "not_claimed",
        "summary",
    ]
    assert report["claims"] == [
        {
            "id": "isolation/vm1/hv1/neigh-broadcast-mac/ipv4",
            "kind": "isolation",
            "from": "vm1",
            "to": "hv1",
            "class": "neigh-broadcast-mac",
            "family": "ipv4",
            "expect": "deny",
            "verdict": "kept",
            "control": "lifted",
            "evidence": "4 sent, 0 delivered; control lifted: 4 of 4 delivered",
        }
    ]
    assert (report["netproof"], report["site"], report["where"]) == (1, "demo", "lab")


def test_broken_claim_tells_who_what_and_which_line(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """The sentences that people read."""
    lab, twin = make_lab(), make_lab()
    lab.run("hv1", "ip", "route", "add", "198.51.100.0/24", "dev", "demo-dmz")
    lab.run("hv1", "ip", "neigh", "add", "198.51.100.11", "lladdr", site.endpoints["vm1"].mac, "dev", "demo-dmz")
    report = prove(site, some(site, "isolation/vm1/hv1/neigh-broadcast-mac/ipv4"), lab.vantages, twin.vantages)
    (result,) = report.results
    assert result.headline == "vm1 reaches hv1 at 192.168.14.1, its address on infra"
    assert result.by == "a static neighbour entry with the broadcast MAC, then ICMP"
    # All namespaces of a machine answer pings through one small socket a CPU: a busy one may leave some without.
    assert re.fullmatch(r"4 of 4 delivered to hv1's IP stack(, [1-4] replies)?", result.seen)
    place = site.segments["dmz"].isolation_place
    assert result.mend == f"segments.dmz.isolation is none ({place}): auto closes this"


def test_proof_leaves_routes_and_descriptors_as_they_were(site: Site, make_lab: Callable[[], HandLab]) -> None:
    """Nothing of a proof stays: no host route in a guest, no open file."""
    lab, twin = make_lab(), make_lab()
    before = lab.run("vm1", "ip", "route"), lab.run("vm1", "ip", "-6", "route", "show", "table", "main")
    opened = len(list(Path("/proc/self/fd").iterdir()))
    began = time.monotonic()
    prove(site, claims(site), lab.vantages, twin.vantages)
    assert time.monotonic() - began < PACE * (2 + 2 * PATIENCE)
    assert (lab.run("vm1", "ip", "route"), lab.run("vm1", "ip", "-6", "route", "show", "table", "main")) == before
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


@pytest.mark.parametrize("node", ["vm1", "pdu"])
@pytest.mark.parametrize("live", [False, True])
def test_node_that_is_not_here_is_told_in_a_sentence(
    site: Site, make_lab: Callable[[], HandLab], node: str, live: bool
) -> None:
    """Whatever is tried of it: nothing is kept, and where nothing is seen the evidence names it and what is missing."""
    lab, twin = make_lab(), make_lab()
    here = {name: vantage for name, vantage in lab.vantages.items() if name != node}
    report = prove(site, claims(site), here, None if live else twin.vantages, live=live)
    involved = [r for r in report.results if node in (r.claim.from_, r.claim.to)]
    assert involved or (live and node == "pdu")
    assert "kept" not in {r.verdict for r in involved}
    open_ = [r.evidence for r in involved if r.verdict == "inconclusive"]
    assert [evidence for evidence in open_ if f"{node}: its namespace is not here" not in evidence] == []
