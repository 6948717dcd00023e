"""A proof from end to end: claims on trial, honest ends first, harmless probes together, what poisons alone and last.

::

    lab    pulse ─ ends ─ preludes ─ harmless ─ host routes ─ wait ─ poisons, one at a time ─ wait ─ ends ─┐
    twin   pulse ───────────────────── harmless ─ host routes ─ wait ─ poisons, one at a time ─ wait ────────┴ judge

The open twin is played by a process of its own.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

from netproof.errors import NetproofError
from netproof.proof.beside import Beside, beside, leave
from netproof.proof.claim import Claim
from netproof.proof.claims import probes
from netproof.proof.engine import Engine
from netproof.proof.flight import Flight, Tally
from netproof.proof.ground import Ground
from netproof.proof.haste import EnoughError, Haste, in_lots, is_broken
from netproof.proof.honest import truths
from netproof.proof.judge import judge
from netproof.proof.league import League
from netproof.proof.pace import Pace
from netproof.proof.parties import Spot, Stand
from netproof.proof.preparing import Preparation, controls
from netproof.proof.probe import Shot
from netproof.proof.realm import Realm
from netproof.proof.report import Report, Result, Where
from netproof.proof.scene import Scene
from netproof.proof.story import headline, mend, not_claimed, seen
from netproof.proof.trial import Trial, apart, lots_that_lean
from netproof.proof.vantage import Vantage
from netproof.proof.volleys import Wave
from netproof.site.load import collector_paused
from netproof.site.model import Site
from netproof.site.opened import unisolated
from netproof.values.address import Address

_Tallies = list[list[Tally]]
"""Of each control, those of its flights."""

_TRUTH_PATIENCE = 0.1
"""Seconds that the next poison waits for the victim's true frame to be heard."""


@collector_paused()
def prove(
    site: Site,
    claims: Iterable[Claim],
    vantages: Mapping[str, Vantage],
    twin: Mapping[str, Vantage] | None,
    *,
    live: bool = False,
    spoken_for: Collection[Address] = (),
    hasty: bool = False,
) -> Report:
    """Try `claims` of the furnished `site` from `vantages`, with the open `twin` as control, and judge them.

    `live`: on a managed host. There is no twin then, only reserved identities are forged, and claims with a party
    that is not of this host, or that need a real identity, are *elsewhere*. Addresses that are `spoken_for`, though
    the site does not name them, are nobody's to forge either. `hasty`: once a claim is broken there is little time for
    others, and of a proof that was cut short only what is broken is reported. In a lab a missing vantage makes its
    claims inconclusive. Nothing that happens to a vantage during the proof raises.
    """
    where: Where = "host" if live else "lab"
    home = Realm(where, Scene(site, vantages, live=live, spoken_for=spoken_for))
    if live:
        home.await_addresses()
    open_twin = Realm("open twin", Scene(unisolated(site), twin)) if twin is not None and not live else None
    return _prove(where, claims, home, open_twin, hasty=hasty)


@collector_paused()
def prove_far(league: League, claims: Iterable[Claim]) -> Report:
    """Try `claims` on the live hosts of `league` together, as `prove` does on one: what lies between them is here."""
    return _prove("hosts", claims, league, None)


def _prove(
    where: Where, claims: Iterable[Claim], home: Ground, open_twin: Realm | None, *, hasty: bool = False
) -> Report:
    began = time.monotonic()
    scene = home.scene
    here, elsewhere = _split(scene, claims) if scene.live else (list(claims), [])
    preparation, pace = Preparation(home, open_twin), Pace()
    trials = [preparation.trial(claim) for claim in here]
    with ExitStack() as stack:
        # The twin's process comes first, lest it inherit the lab's ears.
        control = stack.enter_context(_control(open_twin, pace, trials)) if open_twin else None
        engine = stack.enter_context(_opened(home, pace))
        if control:
            engine.watch(control.link, control.listen)
        whole = _play(engine, trials, Haste(trials) if hasty else None)
        for trial, tallies in zip(controls(trials), control.result() if control else (), strict=bool(control)):
            for flight, tally in zip(trial.flights, tallies, strict=True):
                flight.take(tally)
        results = tuple(_result(scene.site, t) for t in trials if whole or is_broken(t))
    seconds, left_out = time.monotonic() - began, not_claimed(scene.site)
    return Report(scene.site.name, home.kernel, where, seconds, results, tuple(elsewhere), left_out, whole)


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
    probe = probes()[claim.class_]
    for honest in filter(None, (probe.prelude, probe.ends)):
        with suppress(OSError, NetproofError):  # gone meanwhile: then that is what the claim's trial tells
            yield from (spot.node for shot in honest(scene, claim) for spot in (shot.sender, shot.at))


def _is_here(site: Site, party: str, vantages: Mapping[str, Vantage]) -> bool:
    """Tell whether `party` is to be watched from here: an endpoint of this host is, though its namespace be missing."""
    endpoint = site.endpoints.get(party)
    missing = endpoint is not None and not endpoint.probe and endpoint.host in vantages
    return missing or party in vantages


@contextmanager
def _opened(realm: Ground, pace: Pace) -> Iterator[Engine]:
    try:
        realm.open()
        engine = Engine(realm, pace)
        try:
            yield engine
        finally:
            engine.close()
    finally:
        realm.close()


def _control(twin: Realm, pace: Pace, trials: Sequence[Trial]) -> AbstractContextManager[Beside[_Tallies]]:
    """Play the controls of `trials` in the open twin, in a process of its own."""

    def play(link: socket.socket) -> _Tallies:
        pace.lane = 1
        lifted = list(controls(trials))
        with _opened(twin, pace) as engine:
            engine.watch(link, leave)
            _play(engine, lifted)
        return [[f.tally() for f in trial.flights] for trial in lifted]

    return beside("the control in the open twin", play)


def _play(engine: Engine, trials: Sequence[Trial], haste: Haste | None = None) -> bool:
    """Play all that `trials` need; return whether it was played to its end."""
    for flight, wave in dict(f for t in trials for f in _boarding(t)).items():  # trials may have ends in common
        engine.enlist(flight, wave)
    engine.pulse()
    try:
        _fly(engine, trials, haste)
    except EnoughError:
        return False
    engine.pulse()
    return True


def _boarding(trial: Trial) -> Iterator[tuple[Flight, Wave]]:
    yield from ((f, Wave.ALONE) for f in trial.prelude)
    alone = trial.probe.poisons or trial.prelude
    yield from ((f, Wave.ALONE if alone else Wave.MAIN) for f in trial.flights)
    for before, after in trial.ends:
        yield from ((before, Wave.BEFORE), (after, Wave.AFTER))


def _fly(engine: Engine, trials: Sequence[Trial], haste: Haste | None) -> None:
    ends = list(dict.fromkeys(pair for t in trials for pair in t.ends))
    engine.fly_together([before for before, _ in ends])
    for leaning in lots_that_lean(trials):
        engine.fly_until_settled([f for t in leaning for f in t.prelude])
        engine.fly_out([f for t in leaning for f in t.flights])
        if haste:
            haste.check()
    harmless = [f for t in trials if not (t.probe.poisons or t.prelude) for f in t.flights]
    for lot in in_lots(harmless) if haste else [harmless]:
        engine.fly_together(lot)
        if haste:
            haste.check()
    engine.wait_for_denials()
    _end_deliveries(trials)
    for together in apart([t for t in trials if t.probe.poisons]):
        family = {f: t.claim.family for t in together for f in t.flights}
        for flights in engine.lots(list(family)):
            engine.fly_out(flights)
            _tell_the_truth(engine, {f: family[f] for f in flights})
            if haste:
                haste.check()
    engine.wait_for_denials()
    engine.fly_together([after for before, after in ends if before.landed])


def _end_deliveries(trials: Iterable[Trial]) -> None:
    """End the time of what should have arrived: what lies set going may tell a stack the way that it asked in vain."""
    for trial in trials:
        for flight in trial.flights if trial.claim.expect == "deliver" and not trial.probe.poisons else ():
            flight.over = True


def _tell_the_truth(engine: Engine, flights: Mapping[Flight, str]) -> None:
    """Let everybody whom `flights`, each of its family, lied about say what is true; and wait until it is heard."""
    wronged: dict[Spot, tuple[Flight, Stand, set[str]]] = {}
    for flight, family in flights.items():
        for member in flight.shot.about:
            _, _, families = wronged.setdefault(member.spot, (flight, member, set()))
            families.add(family)
    told = [truth for lied in wronged.values() for truth in _truths(engine, *lied)]
    engine.fly(told, copies=1)
    engine.settle(told, _TRUTH_PATIENCE)


def _truths(engine: Engine, flight: Flight, member: Stand, families: Collection[str]) -> Iterator[Flight]:
    scene, shot = flight.realm.scene, flight.shot
    hearer = shot.sender if member.spot == shot.at else shot.at  # nobody hears himself
    if member.node in scene.vantages:
        with suppress(OSError, NetproofError):  # gone meanwhile: then its lie is nobody's
            for frame in truths(scene, member, families):
                shot = Shot(f"truth of {member.node}", member.spot, frame, hearer)
                engine.enlist(truth := Flight(shot, flight.realm, must_land=True))
                yield truth


def _result(site: Site, trial: Trial) -> Result:
    judgement = judge(trial)
    broken = judgement.verdict == "broken"
    return Result(
        trial.claim,
        judgement.verdict,
        trial.control,
        judgement.evidence,
        headline(site, trial, judgement.verdict),
        trial.probe.by,
        seen(site, trial) if broken else "",
        mend(site, trial.claim) if broken else None,
    )
