"""The site file's leaf types: how each is read, and what an editor is told about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from netproof.declared import addresses, text
from netproof.declared.shape import Absent, Leaf, Short
from netproof.values.address import Address as IpAddress
from netproof.values.address import Interface as IpInterface
from netproof.values.address import Network as IpNetwork
from netproof.values.naming import NAME


def one_or_list(value: Any) -> Any:
    """Expand one value to a list of one."""
    return value if isinstance(value, list) else [value]


def empty_if_nothing(value: Any) -> Any:
    """Read a key without a value as an empty mapping."""
    return {} if value is None else value


def _leaf(read: Callable[[Any], Any], **schema: Any) -> Leaf:
    return Leaf(read, schema)


def _whole(low: int, high: int) -> Leaf:
    return _leaf(text.whole(low, high), type="integer", minimum=low, maximum=high)


def _reference(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"got {text.got(value)}; expected a name")


_NAME = f"^{NAME}$"
Name = Annotated[str, _leaf(text.name, type="string", pattern=_NAME, maxLength=text.MAX_NAME)]
NicName = Annotated[str, _leaf(text.nic_name, type="string", minLength=1, maxLength=15)]
LinkName = Annotated[str, _leaf(text.link_name, type="string", minLength=1, maxLength=15)]
Reference = Annotated[str, _leaf(_reference, type="string")]
HostNic = Annotated[str, _leaf(text.uplink, type="string", examples=["hv1.eth2"])]
Netns = Annotated[str, _leaf(text.netns, type="string", maxLength=255)]
Switch = Annotated[bool, _leaf(text.switch, enum=["on", "off", True, False])]
Interface = Annotated[
    IpInterface, _leaf(addresses.interface, type="string", examples=["192.0.2.1/24", "2001:db8::1/64"])
]
Address = Annotated[IpAddress, _leaf(addresses.address, type="string", examples=["192.0.2.1", "2001:db8::1"])]
Group = Annotated[IpAddress, _leaf(addresses.group, type="string", examples=["239.1.1.1", "ff05::100"])]
Network = Annotated[IpNetwork, _leaf(addresses.network, type="string", examples=["192.0.2.0/24", "2001:db8::/64"])]
Subnet = Annotated[IpNetwork, _leaf(addresses.subnet, type="string", examples=["192.0.2.0/24", "2001:db8::/64"])]
Destination = Annotated[
    IpNetwork | str, _leaf(addresses.destination, type="string", examples=["default", "192.0.2.0/24"])
]
Mac = Annotated[str, _leaf(text.mac, type="string", pattern="^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$")]
Traffic = Annotated[str, _leaf(text.traffic, type="string", examples=["all", "icmp", "tcp/22", "udp/5000-5010"])]
RegistryUrl = Annotated[str, _leaf(text.registry_url, type="string", pattern="^(sqlite:|etcd://)")]
Mtu = Annotated[int, _whole(text.MIN_MTU, text.MAX_MTU)]
Vni = Annotated[int, _whole(1, 2**24 - 1)]
Vid = Annotated[int, _whole(1, 4094)]
L4Port = Annotated[int, _whole(1, 65535)]
Hops = Annotated[int, _whole(1, 255)]
Asn = Annotated[int, _whole(1, 2**32 - 1)]
TableId = Annotated[int, _whole(1, 2**32 - 1)]
Priority = Annotated[int, _whole(1, 2**32 - 1)]
Metric = Annotated[int, _whole(0, 2**32 - 1)]
Fwmark = Annotated[int, _whole(1, 2**32 - 1)]
Seconds = Annotated[int, _whole(1, 24 * 3600)]

_T = TypeVar("_T")
_K = TypeVar("_K")
ListOf = Annotated[list[_T], Absent(list)]
"""A list, empty where not given."""
DictOf = Annotated[dict[_K, _T], Absent(dict)]
"""A mapping, empty where not given."""
Gateways = Annotated[ListOf[Address], Short(one_or_list, {"type": "string", "examples": ["192.0.2.1"]})]


def word_of(*known: str) -> Leaf:
    """Annotate one of the `known` words."""
    return _leaf(text.word_of(*known), enum=list(known))
