"""Shadows: what stands in a proof for an endpoint that cannot be entered.

::

    endpoint, out of reach ── port ──┐
                                     ├─[ bridge ]      the same host, segment, attachment and guard,
    shadow ────────── port of its own┘                 and lines of the policy; an unused address, a derived MAC

A segment with a single endpoint that can be watched on a host gets one more there, so that who is alone has somebody
to tell something: ``shadow.SEGMENT``. No declared name has a dot, so these are never taken.
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


def with_shadows(site: Site, names: Collection[str], host: str, lonely: Collection[str] = ()) -> Site:
    """Return `site` with a shadow beside each endpoint in `names`; what the policy says of the one it says of both.

    On `host` each segment in `lonely` gets one more endpoint.
    """
    shadows, company = _shadows(site, names, host, lonely)
    both = {name: (name, shadow.name) for name, shadow in shadows.items()}
    return replace(
        site,
        endpoints={**site.endpoints, **{s.name: s for s in (*shadows.values(), *company)}},
        policy=tuple(_of_both(line, both) for line in site.policy),
    )


def in_shadow(site: Site, names: Collection[str], host: str, lonely: Collection[str] = ()) -> Site:
    """Return the furnished `site` with each endpoint in `names` where its shadow is: at that port, with that identity.

    The policy is left as it is: it speaks of the endpoint by its name. In `lonely` segments there is one more.
    """
    shadows, company = _shadows(site, names, host, lonely)
    seen = {
        name: replace(shadow, name=name, ifname=port_ifname(site.name, shadow.name)) for name, shadow in shadows.items()
    }
    whole = furnished(site)
    return replace(whole, endpoints={**whole.endpoints, **seen, **{e.name: e for e in company}})


def in_some_shadow(site: Site, names: Collection[str], stood_for: Collection[str]) -> Site:
    """Return what `in_shadow` does where of the shadows that `names` were to have only those of `stood_for` are made.

    Whose shadow has which address all hosts tell alike, that know the same `names`.
    """
    whole, shaded = furnished(site), in_shadow(site, names, "")
    itself = {name: whole.endpoints[name] for name in names if name not in stood_for}
    return replace(shaded, endpoints={**shaded.endpoints, **itself})


def own_addresses(site: Site, names: Collection[str]) -> frozenset[Address]:
    """Return the addresses of the endpoints in `names`: in their shadow's place nobody may take them for unused."""
    return frozenset(a.ip for name in names for a in site.endpoints[name].addresses)


def _shadows(
    site: Site, names: Collection[str], host: str, lonely: Collection[str]
) -> tuple[dict[str, Endpoint], list[Endpoint]]:
    taken = set(declared(furnished(site)))
    shadows = {name: _shadow(site, site.endpoints[name], taken) for name in sorted(names)}
    return shadows, [_company(site, host, segment, taken) for segment in sorted(lonely)]


def _company(site: Site, host: str, segment: str, taken: set[Address]) -> Endpoint:
    """Return one more endpoint, in the subnets of those that are there."""
    near = next(e for e in site.endpoints_of(segment) if e.host == host)
    return _shadow(site, replace(near, name=segment, routes=(), probe=True), taken)


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
