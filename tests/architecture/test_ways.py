"""Two lists of one thing: the ways that isolation methods speak of, and the probes that go them."""

from netproof.isolation.method import ALL_WAYS
from netproof.proof.claims import claims
from netproof.site.furnished import furnished
from netproof.site.load import load_site

EXAMPLE = "examples/bridge-isolation/site.yaml"
NOT_THE_BRIDGES = {"lldp-to-host/l2", "link-local-group-to-host/l2"}
"""Go to the port itself: a guard item's, no method of isolation sees it."""


def test_every_probe_into_a_host_is_a_way_that_methods_know() -> None:
    """A probe class that no method speaks of would be missing in every warning."""
    into_host = {f"{c.class_}/{c.family}" for c in claims(furnished(load_site(EXAMPLE))) if c.to == "hv1"}
    assert into_host - {"echo/ipv4", "echo/ipv6"} - NOT_THE_BRIDGES == ALL_WAYS
