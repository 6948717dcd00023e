"""Shadows are the endpoint again, under a name, a MAC and addresses of nobody."""

from __future__ import annotations

from pathlib import Path

from netproof.site.furnished import declared, furnished
from netproof.site.load import load_site
from netproof.site.shadows import in_shadow, in_some_shadow, own_addresses, with_shadows

EXAMPLES = Path(__file__).parents[3] / "examples"
POLICY = load_site(EXAMPLES / "policy" / "site.yaml")
OVERLAY = load_site(EXAMPLES / "overlay-static" / "site.yaml")


def test_shadow_stands_beside_its_endpoint_with_its_guard_and_under_its_policy() -> None:
    """In the same segment on the same host; its MAC and addresses are nobody's, its namespace is its own."""
    both = with_shadows(POLICY, ["app"], "hv1")
    app, shadow = both.endpoints["app"], both.endpoints["shadow.app"]
    assert app == POLICY.endpoints["app"]
    assert (shadow.host, shadow.segment, shadow.guard) == (app.host, app.segment, app.guard)
    assert shadow.mac not in {e.mac for e in POLICY.endpoints.values()}
    assert not {a.ip for a in shadow.addresses} & set(declared(furnished(POLICY)))
    assert [a.network for a in shadow.addresses] == [a.network for a in app.addresses]
    for line, was in zip(both.policy, POLICY.policy, strict=True):
        assert ("shadow.app" in line.from_) == ("app" in was.from_)
        assert ("shadow.app" in line.to) == ("app" in was.to)


def test_endpoint_in_shadow_is_seen_at_its_shadow_under_its_own_name() -> None:
    """The prover takes the shadow for the endpoint; the policy stays, and the true addresses are spoken for."""
    both, seen = with_shadows(POLICY, ["app"], "hv1"), in_shadow(POLICY, ["app"], "hv1")
    app, shadow = seen.endpoints["app"], both.endpoints["shadow.app"]
    assert (app.mac, app.addresses) == (shadow.mac, shadow.addresses)
    assert app.ifname is not None
    assert "shadow.app" not in seen.endpoints
    assert seen.policy == POLICY.policy
    assert own_addresses(POLICY, ["app"]) == {a.ip for a in POLICY.endpoints["app"].addresses}


def test_company_is_one_more_endpoint_of_the_segment_on_the_host() -> None:
    """Two tenants with the same subnets have different company; a shadow and company share no address."""
    both, seen = (of(OVERLAY, ["blue1"], "hv1", ["blue", "red"]) for of in (with_shadows, in_shadow))
    company = [both.endpoints[f"shadow.{segment}"] for segment in ("blue", "red")]
    assert [(e.host, e.segment) for e in company] == [("hv1", "blue"), ("hv1", "red")]
    assert [seen.endpoints[e.name] for e in company] == company
    made = [a.ip for e in (*company, both.endpoints["shadow.blue1"]) for a in e.addresses]
    assert len(made) == len(set(made)) == 6


def test_every_host_gives_shadows_the_same_addresses_whichever_of_them_stand() -> None:
    """Each makes its own, and knows of the others' by the same names alone."""
    names = ["blue1", "blue2", "red1"]
    all_, some = (in_some_shadow(OVERLAY, names, stood) for stood in (names, ["blue2"]))
    whole = furnished(OVERLAY)
    assert some.endpoints["blue2"] == all_.endpoints["blue2"] == in_shadow(OVERLAY, names, "hv2").endpoints["blue2"]
    assert some.endpoints["blue2"].addresses != whole.endpoints["blue2"].addresses
    assert [some.endpoints[name] for name in ("blue1", "red1")] == [whole.endpoints[name] for name in ("blue1", "red1")]
    made = [a.ip for name in ("blue1", "blue2") for a in all_.endpoints[name].addresses]
    assert len(made) == len(set(made))
