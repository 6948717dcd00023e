"""Building a lab: the hardware, then every host by the same `apply` as live, then waiting until it has settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from netproof.apply.place import Place
from netproof.apply.transaction import Terms, Wish, apply
from netproof.change.step import Create
from netproof.compiler.compile import compile_host, require
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.kernel.netns import entered
from netproof.kernel.sysctl import read_sysctl
from netproof.lab.blueprint import hardware
from netproof.lab.folder import folder
from netproof.lab.nodes import MARK, Kind, netns_of, node_names
from netproof.lab.offloads import Offloads
from netproof.lab.settled import settle
from netproof.lab.underlay import introduce
from netproof.site.model import Site
from netproof.state.hoststate import HostState
from netproof.state.kinds import RANK
from netproof.state.layer3 import Sysctl
from netproof.state.links import Veth
from netproof.state.namespace import Namespace
from netproof.state.object import HOME, KernelObject, Key, link_key
from netproof.state.tunnels import Vxlan


def build(site: Site, kind: Kind, breathe: Callable[[], None]) -> None:
    """Build the lab of the furnished `site`, whose folder the caller holds. `breathe` is called between its pieces.

    Raises what the compiler, `apply` and the kernel raise; what was made until then is left as it is.
    """
    state = hardware(site, kind)
    able = capabilities(policy=bool(site.policy))
    require(state, able)
    with LinuxKernel(mark=MARK) as kernel:
        kernel.perform(site.name, [Create(thing) for thing in state.of(Namespace)])
        breathe()
        kernel.perform(site.name, [Create(thing) for thing in _in_order(state)])
    introduce(site, kind)
    wires = [end for veth in state.of(Veth) for end in veth.provides()]
    for host in site.hosts:
        breathe()
        home = netns_of(kind, site.name, host)
        held = _configure(site, host, kind, able)
        made = [end for veth in held.of(Veth) for end in veth.provides()] + [vxlan.key for vxlan in held.of(Vxlan)]
        wires += [link_key(netns or home, ifname) for _, netns, ifname in made]
    breathe()
    _without_offloads(wires)
    settle([netns_of(kind, site.name, node) for node in node_names(site)], breathe)


def _without_offloads(wires: list[Key]) -> None:
    """Turn the offloads of links off, namespace by namespace. Raises KernelError."""
    for netns, links in groupby(sorted(wires), key=itemgetter(1)):
        with entered(netns), Offloads() as offloads:
            for _, _, ifname in links:
                offloads.turn_off(ifname)


def _in_order(state: HostState) -> list[KernelObject]:
    """Return what to make after the namespaces: their settings first, which links are born with, then by kind."""
    settings = list(_unlike_new(list(state.of(Sysctl))))
    things = [thing for thing in state.values() if not isinstance(thing, Namespace | Sysctl)]
    return [*settings, *sorted(things, key=lambda thing: RANK[type(thing)])]


def _unlike_new(settings: list[Sysctl]) -> Iterator[Sysctl]:
    """Yield the settings that a new namespace of this machine has otherwise; one that it lacks needs no setting."""
    if not settings:
        return
    with entered(settings[0].netns):
        new = {name: read_sysctl(HOME, name, "") for name in {setting.name for setting in settings}}
    for setting in settings:
        found = new[setting.name]
        if found and found.value != setting.value:
            yield setting


def _configure(site: Site, host: str, kind: Kind, able: frozenset[str]) -> HostState:
    """Apply the site to one host, whose kernel is `able` to do so much; return what it holds now."""
    compiled = compile_host(site, host, able, lambda node: netns_of(kind, site.name, node.name))
    wish = Wish(compiled.state, compiled.reasons, None)
    with LinuxKernel(netns_of(kind, site.name, host)) as kernel:
        # A lab that fails is thrown away, so nobody need stand by to revert it.
        apply(place_of(kind, site.name, host), kernel, wish, Terms(watched=False))
    return compiled.state


def place_of(kind: Kind, site: str, host: str) -> Place:
    """Return where the applies to a host of a lab are remembered: in the lab's folder, which goes with it."""
    path = folder(kind, site)
    return Place(site, host, netns_of(kind, site, host), state=path / "state", run=path / "run")
