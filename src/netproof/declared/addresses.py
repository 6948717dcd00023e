"""How addresses and prefixes are written; every reader raises ValueError with a sentence for its author."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_address, ip_network

from netproof.declared.text import got
from netproof.values.address import Address, Interface, Network

_OCTETS = {str(n): n for n in range(256)}
_LENGTHS = {str(n): n for n in range(33)}
_GROUPS_OF_A_LINK = tuple(map(ip_network, ("224.0.0.0/24", "ff00::/16", "ff01::/16", "ff11::/16", "ff02::/16")))
"""RFC 5771, section 4; RFC 4291, section 2.7: four bits of flags, then the scope."""
_NO_SUBNET = "{} has prefix length 0, as if the whole world were its neighbour; expected its subnet's"


def interface(value: object) -> Interface:
    """Read an address with prefix length that a NIC or endpoint can have."""
    try:
        a, b, c, rest = value.split(".")  # type: ignore[attr-defined]  # what cannot be split is no IPv4 address
        d, prefix_length = rest.split("/")
        number = _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d]
        length = _LENGTHS[prefix_length]
    except (AttributeError, KeyError, ValueError):
        return _ipv6_interface(value)
    if not 0x01000000 <= number < 0xE0000000 or number >> 24 == 127:
        raise ValueError(f"{got(value)} is no address of a single machine: it is {_use_of(IPv4Address(number))}")
    if not length:
        raise ValueError(_NO_SUBNET.format(got(value)))
    hosts = (1 << (32 - length)) - 1
    if length < 31 and number & hosts in (0, hosts):
        which = "network" if number & hosts == 0 else "broadcast"
        raise ValueError(f"{got(value)} is the {which} address of its subnet; expected an address within it")
    return _beside(_first_of(number & ~hosts, length), number)


@lru_cache(maxsize=1024)
def _first_of(network: int, length: int) -> IPv4Interface:
    return IPv4Interface((network, length))


def _beside(neighbour: IPv4Interface, number: int) -> IPv4Interface:
    """Return the address `number` in the network of `neighbour`.

    As the constructor would, at a third of its cost: it works out the network anew for every address.
    """
    found = IPv4Interface.__new__(IPv4Interface)
    IPv4Address.__init__(found, number)
    vars(found).update(vars(neighbour))
    return found


def _no_interface(value: object) -> str:
    if isinstance(value, str) and "/" not in value:
        try:
            ip_address(value)
        except ValueError:
            pass
        else:
            return f"{got(value)} lacks its prefix length; expected one like {value}/{64 if ':' in value else 24}"
    return f"{got(value)} is not an address with prefix length; expected one like 192.0.2.1/24"


def _ipv6_interface(value: object) -> Interface:
    if not isinstance(value, str) or ":" not in value or "%" in value:
        raise ValueError(_no_interface(value))
    _, slash, length = value.partition("/")
    try:
        found = IPv6Interface(value)
    except ValueError:
        raise ValueError(_no_interface(value)) from None
    if not slash or not length.isdigit():
        raise ValueError(_no_interface(value))
    if use := _use_of(found.ip):
        raise ValueError(f"{got(value)} is no address of a single machine: it is {use}")
    if found.network.prefixlen == 0:
        raise ValueError(_NO_SUBNET.format(got(value)))
    if found.network.prefixlen < 127 and found.ip == found.network.network_address:
        raise ValueError(f"{got(value)} is every router's address in its subnet; expected an address within it")
    return found


def _use_of(address: Address) -> str:
    uses = (("multicast", "is_multicast"), ("the unspecified address", "is_unspecified"), ("loopback", "is_loopback"))
    for use, question in uses:
        if getattr(address, question):
            return use
    if address.version == 6:
        return "an IPv4 address mapped into IPv6" if address.ipv4_mapped else ""
    return "reserved" if int(address) >> 24 in (0, *range(240, 256)) else ""


def address(value: object) -> Address:
    """Read an address of a single machine, without prefix length."""
    try:
        found = ip_address(value) if isinstance(value, str) and "%" not in value else None
    except ValueError:
        found = None
    if found is None:
        with_length = isinstance(value, str) and "/" in value
        hint = " without a prefix length" if with_length else ""
        raise ValueError(f"{got(value)} is not an address; expected one like 192.0.2.1{hint}")
    if use := _use_of(found):
        raise ValueError(f"{got(value)} is no address of a single machine: it is {use}")
    return found


def network(value: object) -> Network:
    """Read a prefix without host bits."""
    try:
        found = ip_network(value, strict=False) if isinstance(value, str) and "%" not in value else None
    except ValueError:
        found = None
    if found is None or not str(value).partition("/")[2].isdigit():
        hint = _with_length(str(value)) if found is not None and "/" not in str(value) else "192.0.2.0/24"
        raise ValueError(f"{got(value)} is not a prefix; expected one like {hint}")
    if str(found.network_address) != str(ip_address(str(value).partition("/")[0])):
        raise ValueError(f'{got(value)} has bits set beyond its prefix length; did you mean "{found}"?')
    return found


def _with_length(address: str) -> str:
    if ":" in address:
        return f"{address}/{64 if address.endswith('::') else 128}"
    return f"{address}/{24 if address.endswith('.0') else 32}"


def subnet(value: object) -> Network:
    """Read a prefix that machines can have addresses in."""
    found = network(value)
    if found.is_multicast or found.prefixlen == 0 or found.is_loopback:
        raise ValueError(f"{got(value)} is no subnet for machines; expected one like 192.0.2.0/24")
    return found


def destination(value: object) -> Network | str:
    """Read a route's destination: a prefix, or the word default."""
    if value == "default":
        return "default"
    try:
        return network(value)
    except ValueError as error:
        raise ValueError(f"{error}" + ("" if "did you mean" in str(error) else ", or default")) from None


def group(value: object) -> Address:
    """Read a multicast address."""
    try:
        found = ip_address(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not found.is_multicast:
        raise ValueError(f"{got(value)} is not a multicast address; expected one like 239.1.1.1 or ff05::100")
    if any(found in block for block in _GROUPS_OF_A_LINK):
        message = "is set aside for the links themselves: every machine may be in it; expected one like"
        raise ValueError(f"{got(value)} {message} {'ff05::100' if found.version == 6 else '239.1.1.1'}")
    return found
