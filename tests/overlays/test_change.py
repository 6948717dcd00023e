"""A stretched segment that changes its strategy, host by host, while its endpoints talk.

The drawing is in `fabric`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pytest

from netproof.apply.transaction import Terms, Wish, apply, planned
from netproof.change.plan import Plan
from netproof.change.step import Replace
from netproof.compiler.compile import compile_host
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.lab.build import place_of
from netproof.site.model import Site
from netproof.state.tunnels import Vxlan
from talk import EVERY, Talk

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "nft")

UNWATCHED = Terms(watched=False)


def applied(site: Site, host: str) -> Plan:
    """Apply `site` to a host of its lab; return what was done. A second plan is empty."""
    desired = compile_host(site, host, capabilities(), lambda e: f"lab.{site.name}.{e.name}").state
    place, wish = place_of("lab", site.name, host), Wish(desired, {}, None)
    with LinuxKernel(f"lab.{site.name}.{host}") as kernel:
        done = apply(place, kernel, wish, UNWATCHED).plan
        assert not planned(place, kernel, wish)
    return done


def asking(site: Site, one: str, other: str, address: str) -> Talk:
    """Have `one` ask the `other` a thousand times a second for three seconds."""
    return Talk(f"lab.{site.name}.{one}", f"lab.{site.name}.{other}", address, seconds=3)


def test_strategy_changes_in_place_and_loses_nothing(make_fabric: Callable[..., Site]) -> None:
    """Host by host, from one to the next and back, so that neighbours differ meanwhile: every question is answered."""
    flood = make_fabric("flood")
    static, multicast = (make_fabric(strategy, name=flood.name) for strategy in ("static-l2", "multicast"))
    talks = [asking(flood, "blue1", "blue2", "192.0.2.12"), asking(flood, "blue2", "blue3", "2001:db8:2::3")]
    walk = cycle((site, host) for site in (static, flood, multicast, flood) for host in ("h2", "h1", "h3"))
    while not all(talk.over for talk in talks):
        site, host = next(walk)
        steps = applied(site, host).steps
        assert [s.step.describe() for s in steps if s.impact == "disruptive"] == []
        assert any(isinstance(s.step, Replace) and isinstance(s.step.after, Vxlan) for s in steps)
    for talk in talks:
        talk.end().assert_whole()


def test_change_to_answering_at_home_interrupts_for_a_moment(make_fabric: Callable[..., Site]) -> None:
    """The device is made anew, which the plan calls disruptive: 50 ms at the most, forth and back."""
    flood = make_fabric("flood")
    answering = make_fabric("static-l3", name=flood.name)
    talk = asking(flood, "blue1", "blue2", "192.0.2.12")
    changes = 0
    for site in cycle((answering, flood)):
        if talk.over:
            break
        assert any(s.impact == "disruptive" for s in applied(site, "h1").steps)
        changes += 1
    counted = talk.end()
    lost_for = (counted.asked - len(counted.answered)) * EVERY / changes
    assert lost_for <= 0.05, f"{changes} changes, {counted.lost()}"
