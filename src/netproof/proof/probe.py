"""What a probe class is made of: a small table of functions, and the shots they yield.

A new class is one new file in ``classes/`` with a `Probe` named ``PROBE``; it is found by listing the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from netproof.proof.parties import Spot, Stand
from netproof.site.model import Site
from netproof.values.address import Address

if TYPE_CHECKING:
    from netproof.proof.claim import Claim
    from netproof.proof.scene import Scene
    from netproof.proof.trails import Trail

Kind = Literal["reach", "policy", "isolation", "identity", "transport", "path", "mtu"]
Expect = Literal["deliver", "deny"]
UDP_PORT = 46339
"""Where hosts listen during a proof: in the range that nobody is assigned (RFC 6335), the same in lab and twin."""


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame put on the sender's interface as it is; `build` writes it around a token."""

    build: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class OwnStack:
    """An ICMP echo request that the sender's own IP stack carries, with real ARP or ND.

    `via`: a host route for `to` over this next hop is in place while it is sent; None: the sender's own routes.
    `source`: a sender without an address of that family says to be this one. `size`: the packet has so many bytes,
    and is not to be fragmented. `chosen`: the sender binds itself to this address of its own.
    """

    to: Address
    via: Address | None = None
    source: Address | None = None
    size: int | None = None
    chosen: Address | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receiver of a copy says to it at once: `build` writes its frame around the mark of that answer."""

    build: Callable[[bytes], bytes]


class Answer(NamedTuple):
    """An ARP reply that is itself what is denied: it has no token, so it is known by who answers whom."""

    asked: Address
    asker: Address
    innocent_macs: frozenset[str]


class Forerunner(NamedTuple):
    """What somebody at `spot` puts on the wire before a packet, which is nothing without it.

    It bears a mark and must arrive at `heard_at`; without that it bears none, and is looked for nowhere.
    """

    spot: Spot
    frame: RawFrame
    heard_at: Spot | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One packet of a claim, sent in several copies, each with a token of its own.

    `target` says for people what it was aimed at; `at` is where it arrives if it arrives; at the `innocent` spots it
    may be seen without a breach; with an `answer`, arrival is that reply seen at the sender. `about`: whom it lies
    about, the victim first; each of them tells the truth afterwards. `also`: other interfaces of the receiver on that
    Ethernet, with their MACs: a stack answers ARP for its addresses on all of them, and a frame to such a MAC there
    has arrived as well. With a `reply`, a copy has arrived only when the reply to it has come back to the sender;
    `echoed`: when the answer of the receiver's own stack has. With a `trail`, it has arrived by the last hop of that,
    and what is heard off its hops has leaked. `forerunner`: what another one puts on the wire just before each copy.
    """

    target: str
    sender: Spot
    load: RawFrame | OwnStack
    at: Spot
    innocent: frozenset[Spot] = frozenset()
    answer: Answer | None = None
    about: tuple[Stand, ...] = ()
    also: frozenset[tuple[Spot, bytes]] = frozenset()
    reply: Reply | None = None
    echoed: bool = False
    trail: Trail | None = None
    to_all: bool = False
    forerunner: Forerunner | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe class. `by` tells people how the packet gets there; `poisons`: it may change somebody's tables.

    `applies(site, from, to, family)` decides from the site alone. `shots(scene, claim)` are what to send. `honest`
    names the kind of frame that shows sender and receiver alive where no twin can (`honest.py`); `ends` yields shots
    of its own that do, where not even the open twin lets its packets through. `expect`: what is
    claimed of its packets. `prelude`: honest shots that must have arrived before, as what is tried leans on them.
    `crosses`: the open twin brings its packets into other segments as well: that is the control of claims about these.
    `in_earnest`: no reserved identity will do for its victim, so that it is tried in labs alone.
    """

    name: str
    kind: Kind
    families: tuple[str, ...]
    by: str
    applies: Callable[[Site, str, str, str], bool]
    shots: Callable[[Scene, Claim], Iterator[Shot]]
    poisons: bool = False
    honest: Literal["ip", "arp", "advertisement", "neighbour", "broadcast"] = "ip"
    expect: Expect = "deny"
    ends: Callable[[Scene, Claim], Iterator[Shot]] | None = None
    prelude: Callable[[Scene, Claim], Iterator[Shot]] | None = None
    in_earnest: bool = False
    crosses: bool = False
