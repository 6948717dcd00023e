"""A proof in haste: once a claim is broken it ends soon, with what is broken by then and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netproof.proof import haste
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.site.model import Site
from proof.conftest import HandLab

pytestmark = pytest.mark.needs("netns", "ip", "nft")


@pytest.fixture
def lab(make_lab: Callable[[], HandLab], monkeypatch: pytest.MonkeyPatch) -> HandLab:
    """A lab by hand, and no time at all after the first broken claim."""
    monkeypatch.setattr(haste, "GRACE", 0.0)
    monkeypatch.setattr(haste, "_AT_ONCE", 50)
    return make_lab()


def test_hasty_proof_of_what_is_broken_ends_early_and_tells_only_that(site: Site, lab: HandLab) -> None:
    """Whoever would be told more has no time: what lies would break is not tried any more. Nothing is left behind."""
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    before = lab.run("vm1", "ip", "rule") + lab.run("vm1", "ip", "route", "show", "table", "all")
    whole = prove(site, claims(site), here, None, live=True)
    report = prove(site, claims(site), here, None, live=True, hasty=True)
    assert {r.verdict for r in report.results} == {"broken"}
    assert 0 < len(report.results) < whole.summary["broken"]
    assert not any(r.claim.class_ == "arp-reply" for r in report.results)
    assert not report.holds
    assert lab.run("vm1", "ip", "rule") + lab.run("vm1", "ip", "route", "show", "table", "all") == before


def test_hasty_proof_tells_of_whom_nobody_reaches(site: Site, lab: HandLab) -> None:
    """What should arrive is broken only when it had its time."""
    lab.close()
    lab.guard("vm1", "ether type arp drop")
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    chosen = [c for c in claims(site) if c.kind == "reach"]
    report = prove(site, chosen, here, None, live=True, hasty=True)
    assert "reach/vm2/vm1/echo/ipv4" in {r.claim.id for r in report.results}
    assert {r.verdict for r in report.results} == {"broken"}


def test_hasty_proof_of_what_holds_is_the_whole_proof(site: Site, lab: HandLab) -> None:
    """Nothing is broken, so nothing is cut short; packets go in small lots, and each once."""
    lab.close()
    here = {n: v for n, v in lab.vantages.items() if n in ("hv1", "vm1", "vm2")}
    chosen = [c for c in claims(site) if c.kind != "identity" and c.family != "l2"]
    report, whole = (prove(site, chosen, here, None, live=True, hasty=hasty) for hasty in (True, False))
    assert [(r.claim, r.verdict, r.evidence) for r in report.results] == [
        (r.claim, r.verdict, r.evidence) for r in whole.results
    ]
    assert report.holds
