"""A private segment with neither uplink nor gateway: whom its members could lawfully reach, there is nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from netproof.lab.lab import borrowed, twin_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.values.naming import bridge_ifname, port_ifname
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

MUTE = """
netproof: 1
site: {site}
hosts: {{hv1: {{nics: {{}}}}}}
segments: {{blue: {{subnets: [192.0.2.0/24]}}, red: {{subnets: [192.0.2.0/24], private: true}}}}
endpoints:
  b1: {{host: hv1, segment: blue, addresses: [192.0.2.11/24]}}
  b2: {{host: hv1, segment: blue, addresses: [192.0.2.12/24]}}
  r1: {{host: hv1, segment: red, addresses: [192.0.2.13/24]}}
  r2: {{host: hv1, segment: red, addresses: [192.0.2.14/24]}}
"""


def test_members_whom_all_is_kept_from_are_proved_to_be_apart_from_other_segments(
    tmp_path: Path, worker_id: str
) -> None:
    """Kept, broken once one of them is in another segment, and in doubt once he is cut off."""
    file = tmp_path / "site.yaml"
    file.write_text(MUTE.format(site=f"mute-{worker_id}"))
    site = load_site(file)
    whole = furnished(site)
    tried = [c for c in claims(whole) if {c.from_, c.to} in ({"r1", "blue"}, {"b1", "red"})]
    with borrowed(site) as lab, twin_of(site) as twin:

        def verdicts() -> dict[str, set[str]]:
            results = prove(whole, tried, lab.vantages(), twin.vantages()).results
            assert {r.control for r in results} == {"ends"}
            return {who: {r.verdict for r in results if r.claim.from_ == who} for who in ("r1", "b1")}

        assert verdicts() == {"r1": {"kept"}, "b1": {"kept"}}
        port = ("ip", "-n", f"lab.{site.name}.hv1", "link", "set", port_ifname(site.name, "r1"))
        run(*port, "master", bridge_ifname(site.name, "blue"))
        assert {who for who, seen in verdicts().items() if "broken" in seen} == {"r1", "b1"}
        run(*port, "master", bridge_ifname(site.name, "red"), "down")
        assert verdicts() == {"r1": {"inconclusive"}, "b1": {"inconclusive"}}
