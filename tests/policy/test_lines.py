"""What the lines of a policy let pass between guests of one segment, and what they do not, packet by packet."""

from __future__ import annotations

import os

import pytest

from policy.scene import Scene, checksum, datagram, eventually, frame, heard, ip4, v4, v6

pytestmark = pytest.mark.needs("netns", "ip", "nft", "ping")

THREE_TIERS = (
    "from: web, to: db, allow: [tcp/5432, udp/5000-5010]",
    "from: station, to: db, allow: tcp/22",
    "from: any, to: db, deny: all",
    "from: db, to: any, deny: all",
)
BROADCAST = "ff:ff:ff:ff:ff:ff"
UDP, ICMP = 17, 1


@pytest.fixture
def tiers(tenants: Scene) -> Scene:
    """Web may reach db at two kinds of ports, a station at another; db starts nothing."""
    tenants.apply(*THREE_TIERS)
    return tenants


@pytest.mark.parametrize("address", [v4("db"), v6("db")])
def test_line_passes_its_traffic_and_its_replies_in_both_families(tiers: Scene, address: str) -> None:
    """A connection comes about and its answer is read; the port beside stays shut."""
    assert tiers.connects("web", "db", 5432, address)
    assert not tiers.connects("web", "db", 5433, address)


def test_line_passes_a_range_of_ports_and_not_those_beside(tiers: Scene) -> None:
    """First and last of the range, and the neighbours of both; the same ports of another protocol do not count."""
    caller = tiers.udp("web", 4000)
    found = [port for port in (4999, 5000, 5010, 5011) if tiers.passes(caller, tiers.udp("db", port))]
    assert found == [5000, 5010]
    assert not tiers.connects("web", "db", 5000)


@pytest.mark.parametrize("address", [v4("web"), v6("web")])
def test_line_opens_no_other_direction(tiers: Scene, address: str) -> None:
    """What web may start, db may not."""
    assert not tiers.connects("db", "web", 5432, address)


def test_line_is_of_the_one_it_names(tiers: Scene) -> None:
    """App may not what web may; what no line decides passes, as members reach each other."""
    assert not tiers.connects("app", "db", 5432)
    assert not tiers.pings("app", v4("db"))
    assert tiers.connects("web", "app", 5432)
    assert tiers.pings("app", v6("web"))


def test_line_of_a_station_is_of_its_addresses(tiers: Scene) -> None:
    """It reaches its port in both families, and no other."""
    assert tiers.connects("station", "db", 22)
    assert tiers.connects("station", "db", 22, v6("db"))
    assert not tiers.connects("station", "db", 5432)
    assert not tiers.connects("db", "station", 22)


def test_udp_is_answered_by_whom_it_was_sent_to(tiers: Scene) -> None:
    """The reply of a flow passes; the same from a port that nobody wrote to does not."""
    web, db = tiers.udp("web", 4000), tiers.udp("db", 5000)
    assert not tiers.passes(db, web)
    assert tiers.passes(web, db)
    assert tiers.passes(db, web)
    assert not tiers.passes(db, tiers.udp("web", 4001))


def test_link_local_addresses_are_no_way_round(tiers: Scene) -> None:
    """A line binds to ports: the address that no site file declares is denied what the declared ones are."""
    app, db = (f"{tiers.link_local(name)}%eth0" for name in ("app", "db"))
    eventually(lambda: tiers.pings("web", app))  # once duplicate address detection is through
    eventually(lambda: "tentative" not in tiers.ip("db", "address"))
    assert not tiers.pings("app", db)
    tiers.nft(*(f"flush chain bridge netproof-{tiers.site} {chain}" for chain in ("started", "replies")))
    assert tiers.pings("app", db)


@pytest.mark.parametrize("group", [BROADCAST, "33:33:00:00:00:01", "01:00:5e:00:00:01"])
def test_packet_in_a_frame_to_a_group_is_decided_at_each_port(tiers: Scene, group: str) -> None:
    """App's packet for db comes out at web, which it may reach, and not at db."""
    web, db, app = (tiers.wire(name) for name in ("web", "db", "app"))
    token = os.urandom(8)
    app.send(frame(tiers.mac("app"), group, ip4(v4("app"), v4("db"), UDP, datagram(9, 5000, token))))
    assert heard(web, token)
    assert not heard(db, token)


def test_fragments_are_decided_as_the_packet_they_make(tiers: Scene) -> None:
    """A datagram of many fragments passes where it may; alone, the one without ports comes out nowhere."""
    assert tiers.passes(tiers.udp("web", 4000), tiers.udp("db", 5000), size=4000)
    assert not tiers.passes(tiers.udp("app", 4000), tiers.udp("db", 5000), size=4000)
    db, app, token = tiers.wire("db"), tiers.wire("app"), os.urandom(8)
    later = ip4(v4("app"), v4("db"), UDP, token, fragment=100)
    app.send(frame(tiers.mac("app"), tiers.mac("db"), later))
    assert not heard(db, token)


def test_error_about_an_allowed_packet_comes_back(tiers: Scene) -> None:
    """Db, who may start nothing, says that a port is unreachable."""
    caller = tiers.udp("web", 4000)
    caller.connect((v4("db"), 5001))
    caller.send(b"anybody?")
    with pytest.raises(ConnectionRefusedError):
        caller.recv(1)


def error_about(packet: bytes, token: bytes) -> bytes:
    """Return an ICMP message, port unreachable, about a packet."""
    body = b"\x03\x03\x00\x00" + bytes(4) + packet + token
    return body[:2] + checksum(body) + body[4:]


def test_error_about_another_s_connection_does_not_pass(tiers: Scene) -> None:
    """App knows what web has with the station, and is not let break it at web if web is none of its peers."""
    tiers.apply("from: web, to: station, allow: all", "from: app, to: web, deny: all", "from: web, to: app, deny: all")
    web, far = tiers.udp("web", 4000), tiers.udp("station", 53)
    assert tiers.passes(web, far)
    said = ip4(v4("web"), v4("station"), UDP, datagram(4000, 53, bytes(8)))
    for name, passes in (("app", False), ("station", True)):
        token, wire = os.urandom(8), tiers.wire("web")
        error = ip4(v4(name), v4("web"), ICMP, error_about(said, token))
        tiers.wire(name).send(frame(tiers.mac(name), tiers.mac("web"), error))
        assert heard(wire, token) is passes, name


def test_connection_started_in_another_s_name_is_nobody_s_way_in(tiers: Scene) -> None:
    """Web may reach app, not db: its packet for db's address in a frame to app must not make db's packets replies."""
    tiers.apply("from: web, to: app, allow: all", "from: db, to: web, deny: all", "from: web, to: db, deny: all")
    web, db, app, token = tiers.wire("web"), tiers.wire("db"), tiers.wire("app"), os.urandom(8)
    decoy = ip4(v4("web"), v4("db"), UDP, datagram(4000, 5000, token))
    web.send(frame(tiers.mac("web"), tiers.mac("app"), decoy))
    assert heard(app, token)
    reply = ip4(v4("db"), v4("web"), UDP, datagram(5000, 4000, token[::-1]))
    for by_connection_alone in (False, True):
        if by_connection_alone:
            tiers.nft(f"flush chain bridge netproof-{tiers.site} replies")
        db.send(frame(tiers.mac("db"), tiers.mac("web"), reply))
        assert heard(web, token[::-1]) is by_connection_alone


def test_neighbours_are_found_whatever_the_policy_says(tenants: Scene) -> None:
    """ARP and ND are no policy's: who may do nothing else still resolves addresses."""
    tenants.apply("from: any, to: any, deny: all")
    assert not tenants.pings("web", v4("db"))
    assert not tenants.pings("web", v6("db"))
    known = tenants.ip("web", "neighbour")
    assert all(f"{address} dev eth0 lladdr {tenants.mac('db')}" in known for address in (v4("db"), v6("db")))


def test_denied_echo_leaves_errors_alone(tenants: Scene) -> None:
    """`deny: icmp` is of what somebody starts, not of errors about what is allowed."""
    tenants.apply("from: any, to: any, deny: icmp")
    assert not tenants.pings("web", v4("db"))
    caller = tenants.udp("web", 4000)
    caller.connect((v4("db"), 5001))
    caller.send(b"anybody?")
    with pytest.raises(ConnectionRefusedError):
        caller.recv(1)


def test_tagged_packet_is_no_way_round(tenants: Scene) -> None:
    """Where tags may pass, what they carry is denied as without."""
    tenants.apply("from: web, to: db, deny: all", vlan="off")
    web, db, app = (tenants.wire(name) for name in ("web", "db", "app"))
    token = os.urandom(8)
    for name in ("app", "db"):
        packet = ip4(v4("web"), v4(name), UDP, datagram(9, 9, token))
        tagged = b"\x00\x07\x08\x00" + packet
        web.send(frame(tenants.mac("web"), tenants.mac(name), tagged, 0x8100))
    assert heard(app, token)
    assert not heard(db, token)
