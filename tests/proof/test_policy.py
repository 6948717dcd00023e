"""The proof of policy against one made by hand: kept whole, and each class broken by the one hole that it looks for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from conftest import netns_maker
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from pace import PACE
from proof.tiers import RULES, TRACKING, Tiers, site, tiers
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

SITE = site()
POLICY = [c for c in claims(SITE) if c.kind == "policy"]


@pytest.fixture(scope="module")
def labs() -> Iterator[tuple[Tiers, Tiers]]:
    """Build the site, and its open twin."""
    with netns_maker() as make:
        yield tiers(make), tiers(make)


def proved(labs: tuple[Tiers, Tiers], *, live: bool = False) -> Report:
    """Try every claim of the policy."""
    return prove(SITE, POLICY, labs[0].vantages, None if live else labs[1].vantages, live=live)


def broken(report: Report) -> set[str]:
    """Return what is broken, without the family."""
    return {r.claim.id.removeprefix("policy/").rpartition("/")[0] for r in report.results if r.verdict == "broken"}


def without(*parts: str) -> tuple[str, ...]:
    """Return the rules but for those with one of `parts` in them."""
    left = tuple(rule for rule in RULES if not any(part in rule for part in parts))
    assert len(left) == len(RULES) - len(parts)
    return left


def test_policy_that_holds_is_kept_again_and_again(labs: tuple[Tiers, Tiers]) -> None:
    """Every claim is kept, and what a proof leaves in connection tracking disturbs none that follows."""
    labs[0].hold()
    for _ in range(3):
        report = proved(labs)
        assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
        assert {r.control for r in report.results if r.claim.expect == "deny"} == {"lifted"}
        assert report.seconds < PACE * 3


def test_every_class_has_a_claim() -> None:
    """The site made for these tests leaves no class of the kind out."""
    from netproof.proof.claims import probes

    assert {c.class_ for c in POLICY} == {name for name, probe in probes().items() if probe.kind == "policy"}


SHUT = ("web/db", "db/web", "web/old", "old/web", "web2/db2", "db2/web2", "liar/ally", "ally/liar")
"""Who may not start everything towards whom, nor be asked everything."""
STRANGERS = ("web/old", "old/web")
"""Who may nothing of each other, and something with a third."""
WEB_DB, DB_WEB = 'iifname "p-web" oifname "p-db"', 'iifname "p-db" oifname "p-web"'
HOLES = {
    "closed-tcp-port": (without("tcp dport"), {"web/db/allowed-tcp", "web/db/icmp-error"}),
    "closed-udp-range": (without("udp dport 5000-5010"), {"web/db/allowed-udp", "web/db/icmp-error"}),
    "range-cut-short": (
        (
            *without("udp dport 5000-5010")[:3],
            f"{WEB_DB} udp dport 5000-5009 accept",
            *without("udp dport 5000-5010")[3:],
        ),
        {"web/db/allowed-udp"},
    ),
    "closed-ping": (without("icmp type echo-request"), {"web/db/allowed-icmp", "web/db/icmp-error"}),
    "range-one-too-wide": ((f"{WEB_DB} udp dport 4999-5011 accept", *RULES), {"web/db/beside-port"}),
    "port-without-protocol": ((f"{WEB_DB} th dport 5432 accept", *RULES), {"web/db/other-protocol"}),
    "no-direction": ((f"{DB_WEB} tcp dport 5432 accept", *RULES), {"db/web/other-direction"}),
    "stateless-reverse-rule": ((f"{DB_WEB} tcp sport 5432 accept", *RULES), {"db/web/forged-reply"}),
    "every-error-passes": ((f"{DB_WEB} icmp type destination-unreachable accept", *RULES), {"db/web/forged-reply"}),
    "every-related-packet-passes": (("meta mark 2 accept", *RULES), {f"{pair}/foreign-error" for pair in STRANGERS}),
    "known-is-good-enough": (
        ("meta mark 1 accept", *RULES),
        {f"{pair}/planted-flow" for pair in SHUT},
    ),
    "open-tcp-port": ((f"{DB_WEB} tcp dport 65535 accept", *RULES), {"db/web/denied-tcp"}),
    "open-udp-port": ((f"{DB_WEB} udp dport 32768 accept", *RULES), {"db/web/denied-udp"}),
    "open-ping": (
        (f"{DB_WEB} icmp type echo-request accept", *RULES),
        {f"db/web/{c}" for c in ("denied-icmp", "other-direction", "group-mac")},
    ),
    "bound-to-the-header-after-ipv6": (
        (*without("udp dport 7000"), "ip6 nexthdr 17 @th,16,16 7000 drop", "ip protocol udp @th,16,16 7000 drop"),
        {"web/app/extension-header"},
    ),
    "bound-to-a-declared-address": (
        (
            *without('oifname "p-app"'),
            "ip6 daddr 2001:db8:9::2 udp dport 7000 drop",
            "ip protocol udp udp dport 7000 drop",
        ),
        {"web/app/link-local"},
    ),
    "bound-to-the-family-of-an-address": (
        (*without('oifname "p-old"'), 'iifname "p-web" oifname "p-old" meta protocol ip drop'),
        {"web/old/other-family", "web/old/link-local"},
    ),
    "bound-to-a-mac": (
        (*without('oifname "p-app"'), f"ether daddr {SITE.endpoints['app'].mac} udp dport 7000 drop"),
        {"web/app/group-mac"},
    ),
    "blind-behind-two-tags": (
        without("8021q"),
        {f"{pair}/behind-tag" for pair in ("web/app", *SHUT)},
    ),
}


@pytest.mark.parametrize("hole", HOLES)
def test_hole_breaks_the_claims_that_look_for_it_and_no_others(labs: tuple[Tiers, Tiers], hole: str) -> None:
    """A policy that is right but for one thing is broken by the name of that thing."""
    rules, expected = HOLES[hole]
    labs[0].hold(rules)
    assert broken(proved(labs)) == expected


def test_connections_without_zones_are_known_to_the_other_tenant(labs: tuple[Tiers, Tiers]) -> None:
    """A flow of one segment opens its ports in the other, in both directions, to whoever lets pass what is known."""
    rules, planted = HOLES["known-is-good-enough"]
    labs[0].hold(rules, TRACKING.replace('"two" : 2', '"two" : 1'))
    assert broken(proved(labs)) >= planted | {"web2/db2/other-tenant", "db2/web2/other-tenant"}


def test_errors_without_zones_are_known_to_the_other_tenant(labs: tuple[Tiers, Tiers]) -> None:
    """What is an error about a flow of one segment is one in the other, too."""
    labs[0].hold(("meta mark 2 accept", *RULES), TRACKING.replace('"two" : 2', '"two" : 1'))
    assert broken(proved(labs)) == {*HOLES["every-related-packet-passes"][1], "db2/web2/other-tenant"}


def test_connections_without_zones_are_known_to_whoever_bears_any_address(labs: tuple[Tiers, Tiers]) -> None:
    """Who is held to no address of his own speaks in the names of two of another segment."""
    rules, planted = HOLES["known-is-good-enough"]
    labs[0].hold(rules, TRACKING.replace('"three" : 3', '"three" : 1'))
    assert broken(proved(labs)) == planted | {"liar/ally/other-tenant"}


HELPERS = """
add ct helper inet known ftp { type "ftp" protocol tcp; }
add ct helper inet known tftp { type "tftp" protocol udp; }
insert rule inet known seen tcp dport 5432 ct helper set "ftp"
insert rule inet known seen udp dport 5000 ct helper set "tftp"
"""


@pytest.mark.parametrize(("helper", "opening"), [("tftp", ()), ("ftp", (f"meta mark 2 {WEB_DB} accept",))])
def test_helper_opens_what_is_announced(labs: tuple[Tiers, Tiers], helper: str, opening: tuple[str, ...]) -> None:
    """Who may be answered gets what was announced too, once what is said in a connection is read by a helper."""
    only = "\n".join(line for line in HELPERS.splitlines() if f'"{helper}"' in line)
    there = ("ip", "netns", "exec", labs[0].names["hv1"], "nft", "-c", f"add table inet known\n{only.splitlines()[0]}")
    if subprocess.run(there, check=False, capture_output=True).returncode:
        pytest.skip(f"this kernel has no helper for {helper}")
    labs[0].hold((*opening, *RULES), f"{TRACKING}{only}\n")
    assert broken(proved(labs)) == {"web/db/helper"}


def test_announcement_that_does_not_arrive_announces_nothing(labs: tuple[Tiers, Tiers]) -> None:
    """What would be opened by what is said in a connection is not tried where that is not heard."""
    labs[0].hold((f"{DB_WEB} tcp sport 5432 tcp flags & (syn | ack) == ack drop", *RULES))
    report = proved(labs)
    assert {r.claim.class_ for r in report.results if r.verdict != "kept"} == {"helper"}
    assert all("did not arrive" in r.evidence for r in report.results if r.verdict != "kept")


def test_errors_that_are_not_known_as_related_are_missed(labs: tuple[Tiers, Tiers]) -> None:
    """Answers pass, errors do not."""
    labs[0].hold(tracking=TRACKING.replace("meta mark set 2", "meta mark set 0"))
    assert broken(proved(labs)) == {"web/db/icmp-error"}


def test_fragments_that_nobody_puts_together_pass_a_rule_about_ports(labs: tuple[Tiers, Tiers]) -> None:
    """Without connection tracking the second fragment has no port to be denied by, and no answer is known."""
    labs[0].hold(tracking="")
    found = broken(proved(labs))
    assert {i for i in found if not i.startswith("web/db/")} == {"web/app/fragment"}
    assert {"web/db/allowed-tcp", "web/db/allowed-udp", "web/db/allowed-icmp", "web/db/icmp-error"} <= found


def test_flow_that_another_tenant_may_not_make_leaves_nothing_to_imitate(labs: tuple[Tiers, Tiers]) -> None:
    """Where the flow that a claim leans on is not there, the claim is inconclusive."""
    labs[0].hold(without("tcp dport"))
    tenants = {r.claim.id: r.verdict for r in proved(labs).results if r.claim.class_ == "other-tenant"}
    assert set(tenants.values()) == {"inconclusive"}


def test_twin_under_the_same_policy_is_no_control(labs: tuple[Tiers, Tiers]) -> None:
    """A denial counts only if the same bytes arrive where no policy is."""
    for lab in labs:
        lab.hold()
    report = proved(labs)
    run("ip", "netns", "exec", labs[1].names["hv1"], "nft", "flush ruleset")
    assert {r.verdict for r in report.results if r.claim.expect == "deny"} == {"inconclusive"}
    assert {r.verdict for r in report.results if r.claim.expect == "deliver"} == {"kept"}


def test_live_host_is_proved_by_its_ends(labs: tuple[Tiers, Tiers]) -> None:
    """Without a twin, what neighbours ask and tell of their MACs shows that both ends live."""
    labs[0].hold()
    report = proved(labs, live=True)
    assert {r.claim.id: r.evidence for r in report.results if r.verdict != "kept"} == {}
    assert {r.control for r in report.results if r.claim.expect == "deny"} == {"ends"}


def test_flow_that_is_made_elsewhere_makes_its_claim_elsewhere(labs: tuple[Tiers, Tiers]) -> None:
    """On a live host that has one tenant only, what leans on the other one's flow is elsewhere."""
    labs[0].hold()
    one_tenant = {name: v for name, v in labs[0].vantages.items() if name in ("web2", "db2")}
    report = prove(SITE, POLICY, one_tenant, None, live=True)
    assert {c.class_ for c in report.elsewhere if "2/" in c.id} == {"other-tenant"}
    assert {r.verdict for r in report.results} == {"kept"}


def test_guest_that_filters_for_itself_is_no_policy(labs: tuple[Tiers, Tiers]) -> None:
    """What lies between the two is tried: a guest's own firewall neither keeps nor breaks a claim."""
    labs[0].hold()
    drop = "add table inet own; add chain inet own i { type filter hook input priority 0; policy drop; }"
    run("ip", "netns", "exec", labs[0].names["db"], "nft", drop)
    report = proved(labs)
    run("ip", "netns", "exec", labs[0].names["db"], "nft", "flush ruleset")
    assert {r.claim.id for r in report.results if r.verdict != "kept"} == set()
