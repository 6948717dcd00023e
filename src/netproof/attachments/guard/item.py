"""What a guard item is: the rules that hold it, for every endpoint alike or for one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from netproof.values.address import Address, Interface, family_of, link_local_of

CUT_SHORT = ("exthdr frag exists exthdr dst exists drop", "exthdr frag exists exthdr rt exists drop")
"""Rules against fragments with further headers, whose first could end before it tells of what it is one."""
NO_REDIRECT = "icmpv6 type nd-redirect drop"
"""The rule against redirects (RFC 4861, section 8), which routers alone send."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint as its guard sees it: its MAC, and the addresses it declares."""

    mac: str
    addresses: tuple[Interface, ...] = ()

    @property
    def ipv4(self) -> list[Address]:
        """Its declared IPv4 addresses."""
        return [a.ip for a in self.addresses if family_of(a) == "ipv4"]

    @property
    def ipv6(self) -> list[Address]:
        """Its declared IPv6 addresses, and the EUI-64 link-local of its MAC."""
        return [*(a.ip for a in self.addresses if family_of(a) == "ipv6"), link_local_of(self.mac)]

    @property
    def mac_digits(self) -> str:
        """The MAC as the digits of a hexadecimal number, leading zeros kept."""
        return self.mac.replace(":", "")


def _nothing(_: Subject) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Item:
    """A guard item: its name in the site file, and its rules, each of which drops.

    `common` rules name no endpoint, and stand once for all ports of a host, though several items may have them;
    `own` are the rules of one endpoint.
    `common_when_off` hold where the item is off.
    """

    name: str
    common: tuple[str, ...] = ()
    own: Callable[[Subject], Iterator[str]] = _nothing
    common_when_off: tuple[str, ...] = ()


def any_of(values: Iterable[Address]) -> str:
    """Return nft's spelling of "one of these addresses": sorted, and in braces if there are several."""
    texts = [str(v) for v in sorted(set(values), key=int)]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"


def any_number(values: Iterable[int]) -> str:
    """Return nft's spelling of "one of these numbers" for a field that it has no word for."""
    texts = [hex(v) for v in sorted(set(values))]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"
