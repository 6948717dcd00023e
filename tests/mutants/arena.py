"""Where mutants live: a lab of its own for each, one open twin for all, and the whole proof as the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Self

from examples import ASKING
from examples import EVERY as EXAMPLES
from mutants.mutation import Mutant, mutants, together
from netproof.apply.store import Store
from netproof.change.ownership import scope_of
from netproof.change.plan import Plan, plan
from netproof.change.step import Step
from netproof.compiler.compile import Compiled, compile_host
from netproof.kernel.capabilities import capabilities
from netproof.kernel.linux import LinuxKernel
from netproof.lab.build import place_of
from netproof.lab.lab import Lab, borrowed, twin_of
from netproof.lab.nodes import netns_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from netproof.state.bridging import Port
from shell import run
from unit.compiler.sites import KERNEL

EXAMPLE = "bridge-isolation"
OTHER_KERNEL = KERNEL - {"ipv6-subtrees"} | {"bridge-conntrack", "tc-gact", "vlan-filtering", "vlan-links"}
"""What that of `--kernel uml` can do."""
KERNELS = {example: OTHER_KERNEL if example in ASKING else KERNEL for example in EXAMPLES}
"""What the kernel can do on which an example is tried: of that the lists speak."""


@dataclass(frozen=True)
class Patient:
    """A lab that is up; a `host` of it can be changed behind netproof's back, asked for its plan; all is proved."""

    lab: Lab
    twin: Lab
    compiled: Mapping[str, Compiled]
    host: str

    def at(self, host: str) -> Self:
        """Turn to another host of the lab."""
        return replace(self, host=host)

    @property
    def netns(self) -> str:
        """The host's namespace."""
        return netns_of("lab", self.lab.site.name, self.host)

    def run(self, *argv: str) -> str:
        """Run a command on the host."""
        return run("ip", "netns", "exec", self.netns, *argv)

    def perform(self, steps: Iterable[Step]) -> None:
        """Do `steps` to the host, whose open ports then have nothing learned yet: a lab may or may not have spoken."""
        with LinuxKernel(self.netns) as kernel:
            kernel.perform(self.lab.site.name, list(steps))
        for port in self.compiled[self.host].state.of(Port):
            if port.learning:
                words = ("link", "set", port.ifname, "type", "bridge_slave", "fdb_flush")
                run("ip", "-n", self.netns, *words, check=False)

    def suffer(self, done: Iterable[Mutant]) -> None:
        """Do mutants, each to its host."""
        for host, theirs in groupby(sorted(done, key=attrgetter("host")), key=attrgetter("host")):
            self.at(host).perform(together(theirs))

    def prove(self) -> Report:
        """Try every claim of the site."""
        site = self.lab.site
        return prove(site, claims(site), self.lab.vantages(), self.twin.vantages())

    def plan(self) -> Plan:
        """Plan once more what was applied."""
        name, compiled = self.lab.site.name, self.compiled[self.host]
        with LinuxKernel(self.netns) as kernel:
            record = Store(place_of("lab", name, self.host), kernel.identity).record()
            reading = kernel.read(scope_of(name, compiled.state, record))
        return plan(compiled.state, reading, record, compiled.reasons)


@dataclass(frozen=True)
class Arena:
    """A site with its open twin; every lab is built anew, so that no mutant leaves anything to the next."""

    site: Site
    twin: Lab
    mutants: dict[str, Mutant]

    @contextmanager
    def patient(self) -> Iterator[Patient]:
        """Yield the site's lab, freshly built."""
        with borrowed(self.site) as lab:
            yield Patient(lab, self.twin, compiled(lab.site, capabilities()), next(iter(lab.site.hosts)))

    def not_kept(self, *names: str) -> frozenset[str]:
        """Return the ids of the claims that are not kept while all the mutants named are done at once."""
        with self.patient() as patient:
            patient.suffer(self.mutants[name] for name in names)
            return not_kept(patient.prove())


def not_kept(report: Report) -> frozenset[str]:
    """Return the ids of the claims that `report` does not find kept."""
    return frozenset(result.claim.id for result in report.results if result.verdict != "kept")


def compiled(site: Site, of_kernel: frozenset[str]) -> dict[str, Compiled]:
    """Return what each host of the lab of `site` is compiled to."""
    return {
        host: compile_host(site, host, of_kernel, lambda endpoint: netns_of("lab", site.name, endpoint.name))
        for host in site.hosts
    }


def bred(site: Site, of_kernel: frozenset[str]) -> dict[str, Mutant]:
    """Return every mutant of every host of the lab of `site`, by name."""
    whole = furnished(site)
    return mutants(whole, {host: made.state for host, made in compiled(whole, of_kernel).items()})


@contextmanager
def arena(example: str) -> Iterator[Arena]:
    """Yield an example with its twin; the caller secludes itself from others who do."""
    site = load_site(EXAMPLES[example])
    with twin_of(site) as twin:
        yield Arena(site, twin, bred(site, capabilities()))
