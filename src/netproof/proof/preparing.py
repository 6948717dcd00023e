"""From claims to trials: what each would fly in the lab and in its open twin. Nothing is sent yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.errors import NetproofError
from netproof.proof.claim import Claim
from netproof.proof.claims import probes
from netproof.proof.ends import Ends, Honest
from netproof.proof.flight import Flight
from netproof.proof.ground import Ground
from netproof.proof.probe import Probe, Shot
from netproof.proof.scene import Scene
from netproof.proof.trial import Control, Trial


class Preparation:
    """Makes the trials of one proof, in `home` and with the `twin` as control, where there is one."""

    def __init__(self, home: Ground, twin: Ground | None) -> None:
        self._home, self._twin = home, twin
        self._ends = Ends(home.scene)
        self._pairs: dict[int, tuple[Flight, Flight]] = {}  # by the identity of their shot: alike ones are one object
        self._lifted: dict[int, Flight] = {}  # so are these

    def trial(self, claim: Claim) -> Trial:
        """Return `claim` on trial; what cannot even be prepared is its failure."""
        probe = probes()[claim.class_]
        scene, must_land = self._home.scene, claim.expect == "deliver"
        trial = Trial(claim, probe, _control(scene, probe, claim))
        try:
            shots = tuple(probe.shots(scene, claim))
            if probe.prelude:
                # No controls: each copy of what leans on them needs its own.
                trial.prelude = [Flight(s, self._home, must_land=True) for s in probe.prelude(scene, claim)]
            trial.flights = [Flight(s, self._home, must_land=must_land) for s in shots]
        except (OSError, NetproofError) as error:
            trial.failure = f"cannot be tried: {error}"
            return trial
        if trial.control == "lifted":
            self._lift(trial, shots)
        elif trial.control == "ends":
            self._add_ends(trial)
        return trial

    def _lift(self, trial: Trial, shots: Sequence[Shot]) -> None:
        """Have `shots` flown in the open twin, as `trial`'s control or a part of it. The same one is flown once."""
        if self._twin is None:
            trial.missing = "there is no open twin"
            return
        try:
            trial.missing = trial.missing or _difference(self._home, shots, self._twin)
        except (OSError, NetproofError) as error:
            trial.missing = f"in the open twin it cannot be tried: {error}"
        else:
            for shot in shots:
                lifted = Flight(shot, self._twin, must_land=True, is_control=True)
                trial.lifted.append(self._lifted.setdefault(id(shot), lifted))

    def _add_ends(self, trial: Trial) -> None:
        own = trial.probe.ends
        try:
            if own:
                honest = Honest(list(own(self._home.scene, trial.claim)), (), None)
            else:
                honest = self._ends.of(trial.probe, trial.claim)
        except (OSError, NetproofError) as error:
            trial.missing = f"its ends cannot be tried: {error}"
            return
        trial.missing = honest.missing
        trial.ends = [self._pair(s) for s in honest.shots]
        if honest.parted:
            self._lift(trial, honest.parted)

    def _pair(self, shot: Shot) -> tuple[Flight, Flight]:
        """Return the flights of an honest shot, before and after; of the same one they are the same."""
        if id(shot) not in self._pairs:
            self._pairs[id(shot)] = tuple(Flight(shot, self._home, must_land=True, is_control=True) for _ in range(2))  # type: ignore[assignment]  # two
        return self._pairs[id(shot)]


def _control(scene: Scene, probe: Probe, claim: Claim) -> Control | None:
    if claim.expect == "deliver":
        return None
    apart = claim.to in scene.site.segments and not probe.crosses
    return "ends" if probe.ends or scene.live or apart else "lifted"


def _difference(home: Ground, shots: Sequence[Shot], twin: Ground) -> str | None:
    """Return why the very same bytes would not come from the very same sender in the twin; None if they would."""
    for spot in {shot.sender for shot in shots}:
        if spot.node not in home.scene.site.hosts and home.scene.mac_at(spot) != twin.scene.mac_at(spot):
            return f"{spot.node} has another MAC at {spot.where} than in the open twin"
    return None


def controls(trials: Sequence[Trial]) -> Iterator[Trial]:
    """Yield a trial for each whose control is played in the open twin: there the control is all that is flown."""
    return (Trial(t.claim, t.probe, None, t.lifted) for t in trials if t.lifted)
