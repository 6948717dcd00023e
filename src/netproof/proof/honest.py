"""Honest frames, from true sources: they show that sender and receiver live, and mend what a lie broke."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from ipaddress import IPv4Address

from netproof.proof import frames
from netproof.proof.discovery import advertisement, bare
from netproof.proof.flooding import are_out_of_hearing
from netproof.proof.parties import Stand
from netproof.proof.policies import ICMP, Opening, meet
from netproof.proof.probe import Probe, RawFrame
from netproof.proof.scene import Scene
from netproof.values.address import FAMILIES, Address

_NOBODY = "00:00:00:00:00:00"


def unicast(scene: Scene, sender: Stand, receiver: Stand, *, family: str = "l2", size: int = 0) -> RawFrame:
    """Return an ICMP echo reply that nobody asked for, from `sender` to `receiver`: every stack ignores it.

    For `l2`, and where the sender has no address of `family`, the family is one that it has an address of. The packet
    has `size` bytes, if that is more than it needs.
    """
    family = _spoken(sender, family)
    source, target = scene.source(sender, family), _address(scene, receiver, family)
    room = size - frames.echo_overhead(target)

    def packet(token: bytes) -> bytes:
        return frames.echo(source, target, token.ljust(room, b"\0"), reply=True)

    return scene.frame(sender, scene.mac(receiver), packet, family=family)


def broadcast(scene: Scene, sender: Stand) -> RawFrame:
    """Return a frame to everybody that no honest guard or policy refuses: who the sender is, in ARP or ND."""
    own = sender.addresses("ipv4")
    if own:
        return _announcement(scene.mac(sender), own[0])
    return _advertisement(scene, sender, frames.multicast_mac(frames.ALL_NODES), frames.ALL_NODES)


def to_mac(scene: Scene, sender: Stand, receiver: Stand) -> RawFrame:
    """Return a frame to the MAC of `receiver` that no honest guard or policy refuses, nor anybody answers to.

    In ARP that is what answers would be, in ND an introduction.
    """
    return (_as_if_asked if sender.addresses("ipv4") else _introduction)(scene, sender, receiver)


def plain(scene: Scene, sender: Stand, receiver: Stand) -> list[RawFrame]:
    """Return frames as `to_mac` does, in each family that both speak: with a packet where policy lets them ping.

    One at least is what neighbours tell of their MACs: what the policy lets the two say it may keep from a third, at
    whose port a frame comes out that was flooded. Only an overlay that answers for others carries no ARP.
    """
    spoken: list[str] = [f for f in FAMILIES if sender.addresses(f) and receiver.addresses(f)]
    pings = [f for f in spoken if _may_ping(scene, sender, receiver, f)]
    told = [f for f in spoken if f not in pings]
    if not told and are_out_of_hearing(scene.site, sender.node, receiver.node):
        told = [f for f in spoken if f == "ipv6"]
    elif not told:
        told = spoken[:1] or [_spoken(sender, "ipv4")]
    own = [(_as_if_asked if f == "ipv4" else _introduction)(scene, sender, receiver) for f in told]
    return [*(unicast(scene, sender, receiver, family=f) for f in pings), *own]


def like(scene: Scene, probe: Probe, sender: Stand, receiver: Stand, family: str) -> RawFrame:
    """Return an honest frame of the kind that `probe` sends, from `sender` to `receiver`.

    Where no frame for everybody gets there, and none that asks or tells of MACs, it is one to the receiver's MAC.
    Where the policy denies them ICMP, it is what neighbours ask or tell of their MACs, of which policy says nothing.
    """
    if probe.honest != "ip" and are_out_of_hearing(scene.site, sender.node, receiver.node):
        return unicast(scene, sender, receiver, family=family)
    if probe.honest == "broadcast":
        return broadcast(scene, sender)
    if probe.honest == "arp":
        return _who_has(scene, sender, receiver)
    if probe.honest == "advertisement":
        return _introduction(scene, sender, receiver)
    family = _spoken(sender, family)
    if probe.honest == "ip" and _may_ping(scene, sender, receiver, family):
        return unicast(scene, sender, receiver, family=family)
    return (_who_has if family == "ipv4" else _introduction)(scene, sender, receiver)


def truths(scene: Scene, victim: Stand, families: Collection[str]) -> tuple[RawFrame, ...]:
    """Return what `victim` says to put right the tables of everybody who believed lies about it in `families`.

    Each is for everybody, and so tells every bridge where the victim is.
    """
    said = [_announcement(scene.mac(victim), a) for a in victim.addresses("ipv4") if "ipv4" in families]
    everybody = frames.multicast_mac(frames.ALL_NODES)
    if victim.addresses("ipv6") and "ipv6" in families:
        said.append(_advertisement(scene, victim, everybody, frames.ALL_NODES))
    return tuple(said) or (broadcast(scene, victim),)


def _may_ping(scene: Scene, sender: Stand, receiver: Stand, family: str) -> bool:
    ends = scene.source(sender, family), _address(scene, receiver, family)
    return meet(scene.site, sender, receiver, *ends).may(Opening(ICMP))


def _announcement(mac: str, own: Address) -> RawFrame:
    def build(token: bytes) -> bytes:
        message = frames.arp(frames.ARP_REQUEST, (mac, own), (_NOBODY, own), token)
        return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, message)

    return RawFrame(build)


def _who_has(scene: Scene, sender: Stand, receiver: Stand) -> RawFrame:
    mac, own, target = scene.mac(sender), scene.source(sender, "ipv4"), _address(scene, receiver, "ipv4")

    def build(token: bytes) -> bytes:
        message = frames.arp(frames.ARP_REQUEST, (mac, own), (_NOBODY, target), token)
        return frames.ethernet(frames.BROADCAST_MAC, mac, frames.ARP, message)

    return RawFrame(build)


def _as_if_asked(scene: Scene, sender: Stand, receiver: Stand) -> RawFrame:
    me, its = (scene.mac(sender), sender.addresses("ipv4")[0]), scene.mac(receiver)
    hearer = its, _address(scene, receiver, "ipv4")
    return RawFrame(
        lambda token: frames.ethernet(its, me[0], frames.ARP, frames.arp(frames.ARP_REPLY, me, hearer, token))
    )


def _introduction(scene: Scene, sender: Stand, receiver: Stand) -> RawFrame:
    return _advertisement(scene, sender, scene.mac(receiver), _address(scene, receiver, "ipv6"))


def _advertisement(scene: Scene, sender: Stand, dst_mac: str, dst: Address) -> RawFrame:
    mac, own = scene.mac(sender), scene.source(sender, "ipv6")
    return scene.frame(sender, dst_mac, partial(bare, (own, dst), advertisement(own, mac)), family="ipv6")


def _spoken(stand: Stand, family: str) -> str:
    if stand.addresses(family):
        return family
    return "ipv4" if stand.addresses("ipv4") else "ipv6"


def _address(scene: Scene, stand: Stand, family: str) -> Address:
    """Return where to send to: an address of `stand`; where it has none of `family`, one that it does not mind."""
    own = scene.source(stand, family)
    return own if int(own) else IPv4Address("255.255.255.255")
