"""From files to sites."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest

from netproof.errors import InputError
from netproof.site.endpoints import Guard
from netproof.site.load import load_site, parse_site
from netproof.site.model import Site
from netproof.site.place import Place
from netproof.values.naming import endpoint_mac

WHOLE = b"""\
netproof: 1
site: demo
networks:
  public: {subnets: [198.51.100.0/24], mtu: 9000}
  infra:
hosts:
  hv1:
    nics:
      eth1: {network: infra, addresses: [192.168.14.1/24, "2001:db8:14::1/64"], gateway: [192.168.14.254, "fe80::1"]}
      eth2.5: {network: public, mtu: 1400}
    forward: on
    routes:
      - {to: default, via: 192.168.14.253, metric: 50}
      - {to: 10.0.0.0/8, dev: eth1, table: 100}
    rules:
      - {priority: 100, from: 10.0.0.0/8, table: 100}
      - {priority: 101, fwmark: 0x10, action: blackhole}
  hv2: {nics: {eth2: {network: public}}, forward: false}
stations:
  short: {network: infra, addresses: [192.168.14.3/24], gateway: 192.168.14.1}
  long:
    nics: {a: {network: infra}, b: {network: public}}
    forward: true
segments:
  dmz:
    subnets: [198.51.100.0/24]
    uplinks: [hv1.eth2.5, {nic: hv2.eth2}]
  open: {isolation: none}
  listed: {isolation: [ingress, disable-ipv6], private: off}
endpoints:
  vm1: {host: hv1, segment: dmz, addresses: [198.51.100.11/24], gateway: 198.51.100.1}
  vm2:
    host: hv2
    segment: dmz
    mac: "50:54:33:00:00:0B"
    guard: {ip: off, vlan: false, ra: off}
    netns: guest
    ifname: tap0
"""


@pytest.fixture(scope="module")
def site() -> Site:
    return parse_site(WHOLE, "whole.yaml")


def test_networks_have_their_defaults(site: Site) -> None:
    """A network may be nothing but a name."""
    assert site.networks["infra"].subnets == ()
    assert (site.networks["infra"].mtu, site.networks["public"].mtu) == (1500, 9000)


def test_host_is_read_whole(site: Site) -> None:
    """NICs, both families of gateways, routes and rules arrive."""
    host = site.hosts["hv1"]
    assert host.forward
    assert host.nic("eth1").addresses == (ip_interface("192.168.14.1/24"), ip_interface("2001:db8:14::1/64"))
    assert host.nic("eth1").gateways == (ip_address("192.168.14.254"), ip_address("fe80::1"))
    assert host.nic("eth2.5").mtu == 1400
    first, second = host.routes
    assert (first.to, first.via, first.metric, first.table) == (
        ip_network("0.0.0.0/0"),
        ip_address("192.168.14.253"),
        50,
        254,
    )
    assert (second.dev, second.table) == ("eth1", 100)
    one, two = host.rules
    assert (one.families, one.from_, one.table, one.action) == (("ipv4",), ip_network("10.0.0.0/8"), 100, "lookup")
    assert (two.families, two.fwmark, two.action) == (("ipv4", "ipv6"), 16, "blackhole")


def test_station_forms_become_one(site: Site) -> None:
    """The short form is a station with one NIC, eth0."""
    (nic,) = site.stations["short"].nics
    assert (nic.name, nic.network, nic.gateways) == ("eth0", "infra", (ip_address("192.168.14.1"),))
    assert [nic.name for nic in site.stations["long"].nics] == ["a", "b"]
    assert site.stations["long"].forward


def test_segment_short_forms_are_written_out(site: Site) -> None:
    """An uplink is a host and a NIC, whose name may have a dot; isolation is a tuple of words."""
    assert [(u.host, u.nic) for u in site.segments["dmz"].uplinks] == [("hv1", "eth2.5"), ("hv2", "eth2")]
    assert site.segments["dmz"].isolation == ("auto",)
    assert site.segments["open"].isolation == ("none",)
    assert site.segments["listed"].isolation == ("ingress", "disable-ipv6")


def test_endpoint_defaults_are_the_safe_choice(site: Site) -> None:
    """What is not declared is derived or guarded."""
    vm1 = site.endpoints["vm1"]
    assert vm1.guard == Guard()
    assert vm1.mac == endpoint_mac("demo", "vm1")
    assert (vm1.attach, vm1.netns, vm1.ifname) == ("veth", None, None)


def test_endpoint_is_read_as_declared(site: Site) -> None:
    """MACs are in small letters, guard items off only where the file says so."""
    vm2 = site.endpoints["vm2"]
    assert vm2.guard == Guard(ip=False, vlan=False, ra=False)
    assert (vm2.mac, vm2.netns, vm2.ifname) == ("50:54:33:00:00:0b", "guest", "tap0")


def test_places_are_where_things_stand(site: Site) -> None:
    """A thing's place is its key's; isolation that is not written stands at its segment."""
    assert site.hosts["hv1"].place == Place("whole.yaml", 7, 3)
    assert site.hosts["hv1"].nic("eth2.5").place == Place("whole.yaml", 10, 7)
    assert site.hosts["hv1"].routes[1].place == Place("whole.yaml", 14, 9)
    assert site.segments["dmz"].uplinks[1].place == Place("whole.yaml", 27, 27)
    assert site.segments["open"].isolation_place == Place("whole.yaml", 28, 10)
    assert site.segments["dmz"].isolation_place == site.segments["dmz"].place
    assert site.endpoints["vm2"].place == Place("whole.yaml", 32, 3)


def test_site_in_json_is_the_same_site() -> None:
    """JSON is YAML."""
    assert parse_site(b'{"netproof": 1, "site": "s", "hosts": {"h": {}}}', "f") == parse_site(
        b"netproof: 1\nsite: s\nhosts: {h: {}}\n", "f"
    )


def test_order_of_sections_does_not_matter() -> None:
    """What refers may stand before what it refers to."""
    upside_down = b"segments: {a: {uplinks: [h.e]}}\nhosts: {h: {nics: {e: {network: n}}}}\nnetworks: {n: }\nsite: s\n"
    assert parse_site(upside_down + b"netproof: 1\n", "f").segments["a"].uplinks[0].nic == "e"


@pytest.mark.parametrize("example", ["site", "open"])
def test_example_is_a_site(example: str) -> None:
    """The example loads, with two endpoints in one segment."""
    path = Path(__file__).parents[3] / "examples" / "bridge-isolation" / f"{example}.yaml"
    assert len(list(load_site(path).endpoints_of("dmz"))) == 2


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    with pytest.raises(InputError, match=r"site\.yaml: cannot be read: No such file"):
        load_site(tmp_path / "site.yaml")


def test_folder_is_told(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_site(tmp_path)


def test_endless_file_is_refused() -> None:
    """Reading stops at the bound."""
    with pytest.raises(InputError, match="bigger than 16 MB"):
        load_site("/dev/zero")


def test_pipe_is_read(tmp_path: Path) -> None:
    """A site may come from another program."""
    read, write = os.pipe()
    os.write(write, b"netproof: 1\nsite: piped\n")
    os.close(write)
    assert load_site(f"/dev/fd/{read}").name == "piped"
    os.close(read)


def test_import_of_load_leaves_pydantic_alone() -> None:
    """What does not read a site file does not pay for reading one."""
    code = (
        "import sys, netproof.site.load, netproof.site.model;"
        "print('pydantic_core' in sys.modules, 'yaml' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "False"]


def test_site_is_read_by_the_core_of_pydantic_alone() -> None:
    """To import all of pydantic, and to build its classes, would take a fourth of a plan's time."""
    code = (
        "import sys; from netproof.site.load import parse_site; parse_site(b'netproof: 1\\nsite: s\\n', 's.yaml');"
        "print('pydantic_core' in sys.modules, 'pydantic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "False"]
