"""What holds a claim is what it takes: done by hand for one guest, it keeps that one's claims, and not another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.model import Site
from proof.conftest import HandLab

pytestmark = pytest.mark.needs("netns", "ip", "nft")

CUT_SHORT = ("exthdr frag exists exthdr dst exists drop", "exthdr frag exists exthdr rt exists drop")


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("nd-redirect", (*CUT_SHORT, "icmpv6 type nd-redirect drop")),
        ("icmp-redirect", ("ip saddr != 198.51.100.11 drop",)),
        ("stp-bpdu", ("ether daddr 01:80:c2:00:00:00 drop",)),
    ],
)
def test_guest_held_by_hand_is_the_only_one_who_is(
    site: Site, make_lab: Callable[[], HandLab], name: str, rules: tuple[str, ...]
) -> None:
    """The claims of vm1 are kept by these rules at its port, and vm2's are broken without."""
    lab, twin = make_lab(), make_lab()
    lab.guard("vm1", *rules)
    tried = [c for c in claims(site) if c.class_ == name and c.from_ in ("vm1", "vm2")]
    report = prove(site, tried, lab.vantages, twin.vantages)
    assert {(r.claim.from_, r.verdict) for r in report.results} == {("vm1", "kept"), ("vm2", "broken")}


@pytest.mark.parametrize("rule", CUT_SHORT)
def test_redirect_cut_short_before_its_type_passes_who_reads_types(
    site: Site, make_lab: Callable[[], HandLab], rule: str
) -> None:
    """One of the two rules about fragments with further headers does not do."""
    lab, twin = make_lab(), make_lab()
    lab.guard("vm1", rule, "icmpv6 type nd-redirect drop")
    tried = [c for c in claims(site) if c.class_ == "nd-redirect" and c.from_ == "vm1"]
    report = prove(site, tried, lab.vantages, twin.vantages)
    assert {r.verdict for r in report.results} == {"broken"}
