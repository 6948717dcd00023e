"""A proof from end to end: claims on trial, honest ends first, harmless probes together, what poisons alone and last.

::

    pulse ─ ends ─ preludes ─ harmless ─ host routes ─ wait ─ poisons, one at a time ─ wait ─ ends ─ pulse ─ judge
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

from netproof.errors import NetproofError
from netproof.proof.claim import Claim
from netproof.proof.claims import probes
from netproof.proof.ends import ends
from netproof.proof.engine import Engine
from netproof.proof.flight import Flight
from netproof.proof.honest import truths
from netproof.proof.judge import judge
from netproof.proof.parties import Stand
from netproof.proof.probe import OwnStack, Probe, Shot
from netproof.proof.realm import Realm
from netproof.proof.report import Report, Result
from netproof.proof.scene import Scene
from netproof.proof.story import headline, mend, not_claimed, seen
from netproof.proof.trial import Control, Trial, apart
from netproof.proof.vantage import Vantage
from netproof.proof.volleys import Wave
from netproof.site.model import Site

_TRUTH_PATIENCE = 0.1
"""Seconds that the next poison waits for the victim's true frame to be heard."""


def prove(
    site: Site,
    claims: Iterable[Claim],
    vantages: Mapping[str, Vantage],
    twin: Mapping[str, Vantage] | None,
    *,
    live: bool = False,
) -> Report:
    """Try `claims` of the furnished `site` from `vantages`, with the open `twin` as control, and judge them.

    `live`: on a managed host. There is no twin then, only reserved identities are forged, and claims with a party
    that is not of this host, or that need a real identity, are *elsewhere*. In a lab a missing vantage makes its
    claims inconclusive. Nothing that happens to a vantage during the proof raises.
    """
    began = time.monotonic()
    scene = Scene(site, vantages, live=live)
    here, elsewhere = _split(scene, claims) if live else (list(claims), [])
    realms = [Realm("host" if live else "lab", scene)]
    if twin is not None and not live:
        realms.append(Realm("open twin", Scene(site, twin)))
    with _opened(realms) as engine:
        if live:
            realms[0].await_addresses()
        trials = [_trial(engine, realms, claim) for claim in here]
        engine.pulse()
        _fly(engine, trials)
        engine.pulse()
        results = tuple(_result(site, trial) for trial in trials)
    where: Literal["host", "lab"] = "host" if live else "lab"
    seconds = time.monotonic() - began
    return Report(site.name, os.uname().release, where, seconds, results, tuple(elsewhere), not_claimed(site))


def _split(scene: Scene, claims: Iterable[Claim]) -> tuple[list[Claim], list[Claim]]:
    here: list[Claim] = []
    elsewhere: list[Claim] = []
    for claim in claims:
        parties = _parties(scene, claim)
        is_here = all(_is_here(scene.site, p, scene.vantages) for p in parties)
        (here if is_here and not probes()[claim.class_].in_earnest else elsewhere).append(claim)
    return here, elsewhere


def _parties(scene: Scene, claim: Claim) -> Iterator[str]:
    """Yield who sends or is watched for `claim`, in what it leans on too."""
    yield claim.from_
    yield from [e.name for e in scene.site.endpoints_of(claim.to)] if claim.to in scene.site.segments else [claim.to]
    prelude = probes()[claim.class_].prelude
    if prelude:
        with suppress(OSError, NetproofError):  # gone meanwhile: then that is what the claim's trial tells
            yield from (spot.node for shot in prelude(scene, claim) for spot in (shot.sender, shot.at))


def _is_here(site: Site, party: str, vantages: Mapping[str, Vantage]) -> bool:
    """Tell whether `party` is to be watched from here: an endpoint of this host is, though its namespace be missing."""
    endpoint = site.endpoints.get(party)
    missing = endpoint is not None and not endpoint.probe and endpoint.host in vantages
    return missing or party in vantages


@contextmanager
def _opened(realms: Sequence[Realm]) -> Iterator[Engine]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        for realm in realms:
            realm.open()
        engine = Engine(realms)
        try:
            yield engine
        finally:
            engine.close()
    finally:
        for realm in realms:
            realm.close()


def _trial(engine: Engine, realms: Sequence[Realm], claim: Claim) -> Trial:
    """Return `claim` on trial, its flights enlisted; what cannot even be prepared is its failure."""
    probe = probes()[claim.class_]
    trial = Trial(claim, probe, _control(realms[0].scene, probe, claim))
    home = realms[0]
    try:
        shots = tuple(probe.shots(home.scene, claim))
        if probe.prelude:
            trial.prelude = [engine.enlist(s, home, must_land=True) for s in probe.prelude(home.scene, claim)]
        wave, must_land = _wave(probe), claim.expect == "deliver"
        trial.flights = [engine.enlist(s, home, must_land=must_land, wave=wave) for s in shots]
    except (OSError, NetproofError, KeyError) as error:
        trial.failure = f"cannot be tried: {error}"
        return trial
    if trial.control == "lifted":
        _enlist_lifted(engine, realms, trial)
    elif trial.control == "ends":
        _enlist_ends(engine, home, trial)
    return trial


def _wave(probe: Probe) -> Wave:
    return Wave.ALONE if probe.poisons else Wave.MAIN


def _control(scene: Scene, probe: Probe, claim: Claim) -> Control | None:
    if claim.expect == "deliver":
        return None
    apart = claim.to in scene.site.segments and not probe.crosses
    return "ends" if probe.ends or scene.live or apart else "lifted"


def _enlist_lifted(engine: Engine, realms: Sequence[Realm], trial: Trial) -> None:
    if len(realms) == 1:
        trial.missing = "there is no open twin"
        return
    twin = realms[1]
    try:
        trial.missing = _difference(realms[0], trial.flights, twin)
        trial.lifted = [engine.enlist(f.shot, twin, must_land=True, wave=_wave(trial.probe)) for f in trial.flights]
    except (OSError, NetproofError, KeyError) as error:
        trial.missing = f"in the open twin it cannot be tried: {error}"


def _difference(home: Realm, flights: Sequence[Flight], twin: Realm) -> str | None:
    """Return why the very same bytes would not come from the very same sender in the twin; None if they would."""
    for spot in {f.shot.sender for f in flights}:
        if spot.node not in home.scene.site.hosts and home.scene.mac_at(spot) != twin.scene.mac_at(spot):
            return f"{spot.node} has another MAC at {spot.where} than in the open twin"
    return None


def _enlist_ends(engine: Engine, home: Realm, trial: Trial) -> None:
    own = trial.probe.ends
    try:
        if own:
            shots = list(own(home.scene, trial.claim))
        else:
            shots, trial.missing = ends(home.scene, trial.probe, trial.claim)
    except (OSError, NetproofError, KeyError) as error:
        trial.missing = f"its ends cannot be tried: {error}"
        return
    trial.ends = [
        (
            engine.enlist(s, home, must_land=True, wave=Wave.BEFORE),
            engine.enlist(s, home, must_land=True, wave=Wave.AFTER),
        )
        for s in shots
    ]


def _fly(engine: Engine, trials: Sequence[Trial]) -> None:
    _fly_together(engine, [before for t in trials for before, _ in t.ends])
    engine.fly_until_settled([f for t in trials for f in t.prelude])
    _fly_together(engine, [f for t in trials if not t.probe.poisons for f in (*t.flights, *t.lifted)])
    engine.wait_for_denials()
    for together in apart([t for t in trials if t.probe.poisons]):
        flights = [f for t in together for f in (*t.flights, *t.lifted)]
        engine.fly(flights)
        engine.settle(flights)
        _tell_the_truth(engine, flights)
    engine.wait_for_denials()
    _fly_together(engine, [after for t in trials for before, after in t.ends if before.landed])


def _is_led(shot: Shot) -> bool:
    return isinstance(shot.load, OwnStack) and shot.load.via is not None


def _fly_together(engine: Engine, flights: list[Flight]) -> None:
    engine.fly_until_settled([f for f in flights if not _is_led(f.shot)])
    engine.fly_by_stack([f for f in flights if _is_led(f.shot)])


def _tell_the_truth(engine: Engine, flights: Sequence[Flight]) -> None:
    """Let everybody whom `flights` lied about say what is true, and wait until it is heard, before the next lie."""
    wronged = {(f.realm.name, member.spot): (f, member) for f in flights for member in f.shot.about}
    told = [truth for flight, member in wronged.values() for truth in _truths(engine, flight, member)]
    engine.fly(told, copies=1)
    engine.settle(told, _TRUTH_PATIENCE)


def _truths(engine: Engine, flight: Flight, member: Stand) -> Iterator[Flight]:
    scene, shot = flight.realm.scene, flight.shot
    hearer = shot.sender if member.spot == shot.at else shot.at  # nobody hears himself
    if member.node in scene.vantages:
        with suppress(OSError, NetproofError):  # gone meanwhile: then its lie is nobody's
            for frame in truths(scene, member):
                shot = Shot(f"truth of {member.node}", member.spot, frame, hearer)
                yield engine.enlist(shot, flight.realm, must_land=True)


def _result(site: Site, trial: Trial) -> Result:
    judgement = judge(trial)
    return Result(
        trial.claim,
        judgement.verdict,
        trial.control,
        judgement.evidence,
        headline(site, trial, judgement.verdict),
        trial.probe.by,
        seen(site, trial),
        mend(site, trial.claim),
    )
