"""Shadows: what stands in a proof for an endpoint that cannot be entered.

::

    endpoint, out of reach ── port ──┐
                                     ├─[ bridge ]      the same host, segment, attachment and guard,
    shadow ────────── port of its own┘                 and lines of the policy; an unused address, a derived MAC

No declared name has a dot, so ``shadow.NAME`` is never taken.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from netproof.site.endpoints import Endpoint
from netproof.site.furnished import declared, furnished, unused
from netproof.site.model import Site
from netproof.site.policy import PolicyLine, Selector
from netproof.values.address import Address
from netproof.values.naming import endpoint_mac, port_ifname


def shadow_name(endpoint: str) -> str:
    """Return the name of the shadow of `endpoint`."""
    return f"shadow.{endpoint}"


def with_shadows(site: Site, names: Collection[str]) -> Site:
    """Return `site` with a shadow beside each endpoint in `names`; what the policy says of the one it says of both."""
    shadows = _shadows(site, names)
    both = {name: (name, shadow.name) for name, shadow in shadows.items()}
    return replace(
        site,
        endpoints={**site.endpoints, **{s.name: s for s in shadows.values()}},
        policy=tuple(_of_both(line, both) for line in site.policy),
    )


def in_shadow(site: Site, names: Collection[str]) -> Site:
    """Return the furnished `site` with each endpoint in `names` where its shadow is: at that port, with that identity.

    The policy is left as it is: it speaks of the endpoint by its name.
    """
    seen = {
        name: replace(shadow, name=name, ifname=port_ifname(site.name, shadow.name))
        for name, shadow in _shadows(site, names).items()
    }
    return replace(furnished(site), endpoints={**furnished(site).endpoints, **seen})


def own_addresses(site: Site, names: Collection[str]) -> frozenset[Address]:
    """Return the addresses of the endpoints in `names`: in their shadow's place nobody may take them for unused."""
    return frozenset(a.ip for name in names for a in site.endpoints[name].addresses)


def _shadows(site: Site, names: Collection[str]) -> dict[str, Endpoint]:
    taken = set(declared(furnished(site)))
    return {name: _shadow(site, site.endpoints[name], taken) for name in sorted(names)}


def _shadow(site: Site, endpoint: Endpoint, taken: set[Address]) -> Endpoint:
    name, addresses = shadow_name(endpoint.name), []
    for own in endpoint.addresses:
        if address := unused(own.network, taken):
            taken.add(address.ip)
            addresses.append(address)
    mac = endpoint_mac(site.name, name)
    return replace(endpoint, name=name, mac=mac, addresses=tuple(addresses), netns=None, ifname=None)


def _of_both(line: PolicyLine, both: dict[str, tuple[str, str]]) -> PolicyLine:
    def wider(selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
        return tuple(s for one in selectors for s in (both.get(one, (one,)) if isinstance(one, str) else (one,)))

    return replace(line, from_=wider(line.from_), to=wider(line.to))
