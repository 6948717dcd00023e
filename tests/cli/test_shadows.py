"""Shadow ports: an endpoint whose namespace cannot be entered is proved at a port like its own, and nothing is left.

::

    (no name) eth0 ══ vm1 ┐
                  shadow ═┤ dmz ├ eth2 ══ public      the namespace of vm1 lost its name with somebody inside
    S.vm2     eth0 ══ vm2 ┘
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from cli.hypervisor import Hypervisor, Said, eventually
from netproof.kernel.vantage import NamespaceVantage
from netproof.proof import frames
from netproof.proof.ears import packet_socket
from netproof.values.naming import endpoint_mac
from shell import run
from talk import Talk

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "nft", "ping")


def hidden(host: Hypervisor, *doing: str, into: Path = Path(os.devnull)) -> subprocess.Popen[str]:
    """Take the name of vm1's namespace away while the guest is `doing` something in it; return that process."""
    guest = f"{host.site}.vm1"
    inside = begun(host, guest, "sh", "-c", 'echo; exec "$@" > "$0"', str(into), *(doing or ("sleep", "60")))
    assert inside.stdout
    inside.stdout.readline()
    run("ip", "netns", "del", guest)
    return inside


def begun(host: Hypervisor, netns: str, *argv: str) -> subprocess.Popen[str]:
    """Begin something in a namespace."""
    process = subprocess.Popen(["ip", "netns", "exec", netns, *argv], stdout=subprocess.PIPE, text=True)
    host.started.append(process)
    return process


def of_vm1(told: Said) -> dict[str, str]:
    """Return the verdicts on the claims of vm1."""
    return {c["id"]: c["verdict"] for c in told.json["claims"] if "vm1" in (c["from"], c["to"])}


def test_endpoint_that_cannot_be_entered_is_proved_by_its_shadow(host: Hypervisor) -> None:
    """What it must not do is tried and kept; whether it is reached is elsewhere; nothing is left."""
    host.do("apply")
    hidden(host)
    before = host.look()
    told = host.do("prove", "--format", "json")
    assert set(of_vm1(told).values()) == {"kept"}
    assert {i.partition("/")[0] for i in of_vm1(told)} == {"isolation", "identity"}
    assert all(" by its shadow" in c["evidence"] for c in told.json["claims"] if c["id"] in of_vm1(told))
    assert {"reach/vm1/vm2/echo/ipv4", "reach/vm2/vm1/echo/ipv6"} <= set(told.json["elsewhere"])
    assert host.look() == before
    assert not host.deadmen()
    assert host.journal() is None
    assert "shadow: endpoint vm1: there is no netns" in host.do("prove").out


def test_endpoint_that_its_guest_moved_away_is_proved_by_its_shadow(host: Hypervisor) -> None:
    """Whoever has the far end now is held as before; a rule of the policy about it binds its shadow too."""
    line = "policy:\n  - {from: vm1, to: vm2, deny: all}\n  - {from: vm2, to: vm1, deny: all}\n"
    host.file.write_text(host.file.read_text() + line)
    host.do("apply")
    run("ip", "-n", f"{host.site}.vm1", "link", "set", "eth0", "name", "mine")
    told = host.do("prove", "--format", "json")
    assert set(of_vm1(told).values()) == {"kept"}
    assert "policy/vm1/vm2/denied-tcp/ipv4" in of_vm1(told)
    assert host.do("plan").out.startswith("hv1: nothing to do")


def test_open_bridge_is_broken_by_a_shadow_as_by_its_endpoint(host: Hypervisor) -> None:
    """A shadow finds the way into the host that its endpoint would find."""
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: none"))
    host.do("apply")
    hidden(host)
    found = of_vm1(host.do("prove", "--format", "json", expect=1))
    assert found["isolation/vm1/hv1/arp-who-has/ipv4"] == "broken"
    assert found["identity/vm1/vm2/mac-spoof/l2"] == "kept"


def test_endpoint_in_an_annex_is_proved_by_its_shadow_in_there(host: Hypervisor) -> None:
    """Beside its own port, among links that are the host's; with one rule less in there, not at all."""
    text = re.sub(r"^ *(uplinks|gateway): .*\n", "", host.file.read_text(), flags=re.M)
    host.file.write_text(text.replace("isolation: auto", "isolation: [namespace, ingress]"))
    host.do("apply")
    hidden(host)
    assert set(of_vm1(host.do("prove", "--format", "json")).values()) == {"kept"}
    annex = f"{host.site}.dmz@hv1"
    assert run("ip", "-n", annex, "-br", "link").count("@") == 2
    run("ip", "netns", "exec", annex, "nft", "flush", "chain", "netdev", f"netproof-{host.site}", "guard-vm1")
    assert set(of_vm1(host.do("prove", "--format", "json", expect=1)).values()) == {"inconclusive"}


def test_endpoint_whose_guard_is_not_as_it_was_applied_has_no_shadow(host: Hypervisor) -> None:
    """What holds a port that is like another says nothing of one that is not: cut off, in doubt, and nothing made."""
    host.do("apply")
    hidden(host)
    run("ip", "netns", "exec", host.hv, "nft", "flush", "chain", "netdev", f"netproof-{host.site}", "guard-vm1")
    before = host.look()
    assert set(of_vm1(host.do("prove", "--format", "json", expect=1)).values()) == {"inconclusive"}
    told = host.do("prove", expect=1).out
    assert re.search("can have no shadow: this is not as it was applied: .*guard-vm1.*: see `netproof plan`", told)
    assert host.look() == before


@pytest.mark.parametrize(
    ("wound", "told"),
    [
        (
            "nft table netdev mine {{ chain c {{ type filter hook ingress device {0} priority -2000; "
            "arp htype 1 fwd to eth2; }}; }}",
            "nft rules that are not ours speak of {0}",
        ),
        ("ip address add 192.0.2.77/24 dev {0}", "its port {0} has what is not ours: addresses"),
    ],
    ids=["nft", "address"],
)
def test_endpoint_whose_port_bears_more_than_was_applied_has_no_shadow(host: Hypervisor, wound: str, told: str) -> None:
    """What others tied to the port alone is in no plan of ours, and a shadow's port does not have it."""
    host.do("apply")
    hidden(host)
    port = f"{host.site}-vm1"
    run("ip", "netns", "exec", host.hv, *wound.format(port).split())
    before = host.look()
    assert set(of_vm1(host.do("prove", "--format", "json", expect=1)).values()) == {"inconclusive"}
    assert f"vm1 can have no shadow: {told.format(port)}" in host.do("prove", expect=1).out
    assert host.look() == before


def test_shadow_takes_no_address_that_somebody_bears(host: Hypervisor) -> None:
    """Somebody on the segment whom the site does not name has the highest address: the endpoint stays cut off."""
    host.do("apply")
    hidden(host)
    before = host.look()
    run("ip", "-n", host.public, "address", "add", "198.51.100.253/24", "dev", "eth0")
    run("ip", "-n", host.public, "address", "add", "198.51.100.252/24", "dev", "eth0")
    told = host.do("prove", expect=1).out
    assert re.search(r"can have no shadow: its address would be 198\.51\.100\.25\d, which somebody bears", told)
    assert host.look() == before


def test_shadow_answers_for_nobody_while_its_address_is_asked_for(host: Hypervisor) -> None:
    """Whoever asks for it meanwhile hears the one who bears it, and never the shadow: real traffic would go astray."""
    host.do("apply")
    hidden(host)
    asked = [IPv4Address("198.51.100.253"), IPv4Address("198.51.100.252")]
    for address in asked:
        run("ip", "-n", host.public, "address", "add", f"{address}/24", "dev", "eth0")
    vm2, shadow = NamespaceVantage("vm2", f"{host.site}.vm2"), endpoint_mac(host.site, "shadow.vm1")
    own = vm2.mac("eth0"), IPv4Address("198.51.100.12")
    questions = [frames.arp(frames.ARP_REQUEST, own, ("00:00:00:00:00:00", address)) for address in asked]
    with vm2.enter():
        sock = packet_socket("eth0", 0x0806)
    proving, answers = host.begin("prove"), []
    with sock:
        while proving.poll() is None:
            for question in questions:
                sock.send(frames.ethernet(frames.BROADCAST_MAC, own[0], frames.ARP, question))
            while select.select([sock], [], [], 0.003)[0]:
                frame = sock.recv(2000)
                answers += (
                    [frame[22:28]] if frame[20:22] == b"\0\2" and frame[28:32] in {a.packed for a in asked} else []
                )
    assert len(answers) > 100
    assert frames.mac_bytes(shadow) not in answers


def test_shadow_waits_for_no_apply_that_waits_for_its_confirmation(host: Hypervisor) -> None:
    """The proof tells why vm1 is cut off, tries the rest, and the apply can still be confirmed."""
    host.do("apply")
    hidden(host)
    host.file.write_text(host.file.read_text().replace("198.51.100.12/24", "198.51.100.13/24"))
    host.do("apply", "--confirm", "60")
    assert "cut off" not in host.do("prove").out  # the apply has made vm1 anew
    host.do("confirm")


@pytest.mark.parametrize("already", [False, True], ids=["applied", "already-applied"])
def test_endpoint_alone_is_kept_company_while_it_is_proved(host: Hypervisor, *, already: bool) -> None:
    """Nobody else of its segment is here to show that its packets arrive, so somebody is made: amid an apply, too."""
    host.file.write_text("".join(t for t in host.file.read_text().splitlines(keepends=True) if " vm2:" not in t))
    if already:
        host.do("apply")
    host.do("apply", "--prove")
    before = host.look()
    told = host.do("prove", "--format", "json").json
    assert told["summary"]["kept"] == len(told["claims"]) > 20
    assert "shadow: segment dmz: a single endpoint is here" in host.do("prove").out
    assert host.look() == before
    assert host.journal() is None
    assert not host.deadmen()
    assert host.do("plan").out.startswith("hv1: nothing to do")


def test_endpoint_alone_on_an_open_bridge_is_reverted_with_its_company(host: Hypervisor) -> None:
    """And where the apply is killed in the middle of its proof, its deadman takes away the one and the other."""
    text = "".join(t for t in host.file.read_text().splitlines(keepends=True) if " vm2:" not in t)
    host.file.write_text(text.replace("isolation: auto", "isolation: none"))
    before = host.look()
    assert "is broken" in host.do("apply", "--prove", expect=4).err
    assert host.look() == before
    applying = host.begin("apply", "--prove")
    eventually(lambda: f"{host.site}.shadow.dmz" in host.guests())
    applying.kill()
    applying.wait()
    eventually(lambda: host.journal() is None)
    assert host.look() == before


@pytest.mark.parametrize("alone", [False, True], ids=["deadman", "recover"])
def test_killed_proof_leaves_no_shadow(host: Hypervisor, *, alone: bool) -> None:
    """Its deadman takes the shadow away at once; where that was killed too, `recover` does."""
    host.do("apply")
    hidden(host)
    before = host.look()
    proving = host.begin("prove")
    eventually(lambda: f"{host.site}.shadow.vm1" in host.guests())
    for pid in host.deadmen() if alone else ():
        os.kill(pid, signal.SIGKILL)
    proving.kill()
    proving.wait()
    if alone:
        assert f"{host.site}.shadow.vm1" in host.guests()
        assert "is restored" in host.do("recover").out
    eventually(lambda: host.journal() is None)
    assert host.look() == before
    assert set(of_vm1(host.do("prove", "--format", "json")).values()) == {"kept"}


@pytest.mark.parametrize("needed", [True, False], ids=["hidden", "found-again"])
def test_next_proof_takes_away_what_a_killed_one_left(host: Hypervisor, *, needed: bool) -> None:
    """Its deadman is dead, too: though the policy speaks of the endpoint, and though no shadow is needed any more."""
    line = "policy:\n  - {from: vm1, to: vm2, deny: all}\n  - {from: vm2, to: vm1, deny: all}\n"
    host.file.write_text(host.file.read_text() + line)
    host.do("apply")
    inside = hidden(host)
    if not needed:
        run("ip", "netns", "attach", f"{host.site}.vm1", str(inside.pid))
        before = host.look()
        run("ip", "netns", "del", f"{host.site}.vm1")
    else:
        before = host.look()
    proving = host.begin("prove")
    eventually(lambda: f"{host.site}.shadow.vm1" in host.guests())
    for pid in host.deadmen():
        os.kill(pid, signal.SIGKILL)
    proving.kill()
    proving.wait()
    assert host.journal() is not None
    if not needed:
        run("ip", "netns", "attach", f"{host.site}.vm1", str(inside.pid))
    said = host.do("prove").out
    assert said.startswith("recovered: an apply had ended half way: the state before it is restored")
    assert ("shadow: endpoint vm1: there is no netns" in said) == needed
    assert host.look() == before
    assert host.journal() is None


def test_live_proof_loses_no_packet_and_changes_no_table(host: Hypervisor, tmp_path: Path) -> None:
    """A thousand numbered packets a second, both ways between two guests, and from one to what the proof asks for."""
    host.do("apply")
    run("ip", "-n", host.public, "address", "add", "192.168.14.1/32", "dev", "lo")  # vm2 gets there by its gateway
    run("ip", "netns", "exec", host.public, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
    guest = f"{host.site}.vm2"
    hidden_guest = f"{host.site}.vm1"
    talks = [
        Talk(guest, hidden_guest, "198.51.100.11"),
        Talk(guest, host.public, "192.168.14.1"),
        Talk(hidden_guest, guest, "198.51.100.12"),
    ]
    hidden(host)
    before = tables(host, guest)
    host.do("prove")
    assert before <= tables(host, guest)
    for talk in talks:
        talk.end().assert_whole()


def tables(host: Hypervisor, guest: str) -> set[str]:
    """Return where the bridge knows every MAC to be, and which MACs a guest knows its neighbours by."""
    fdb = run("bridge", "-n", host.hv, "fdb", "show", "br", f"{host.site}-dmz").splitlines()
    known = run("ip", "-n", guest, "neigh").splitlines()
    return {*fdb, *(re.sub(r" [A-Z]+ *$", "", line) for line in known if "lladdr" in line)}
