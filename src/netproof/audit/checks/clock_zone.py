"""The zone of the host's clock is not UTC.

Symptom: logs of two hosts cannot be laid side by side; an hour is logged twice each autumn, and a job at 02:30 runs
twice or not at all. Cause: daemons write local time, of the zone that /etc/localtime holds when they start.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.state.facts import Facts


def _findings(facts: Facts) -> Iterator[Finding]:
    if facts.clock and not facts.clock.is_utc:
        evidence = f"{facts.clock.path} is of the zone {facts.clock.zone}"
        mend = ("ln", "-sfn", "/usr/share/zoneinfo/Etc/UTC", facts.clock.path)
        yield Finding("localtime", evidence, mend, of_host=True)


CHECK = Check(
    "clock-zone",
    "the clock's zone is not UTC",
    "Who did what first on which host cannot be read from logs. Daemons take the new zone when they are restarted.",
    "localtime(5); tzset(3)",
    _findings,
    needs=frozenset({"clock"}),
)
