"""Where mutants live: a lab of its own for each, one open twin for all, and the whole proof as the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
from netproof.lab.nodes import Kind, netns_of
from netproof.proof.claims import claims
from netproof.proof.prove import prove
from netproof.proof.report import Report
from netproof.site.furnished import furnished
from netproof.site.load import load_site
from netproof.site.model import Site
from shell import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "bridge-isolation" / "site.yaml"
HOST = "hv1"


@dataclass(frozen=True)
class Patient:
    """A lab that is up, whose host can be changed behind netproof's back, asked for its plan, and proved."""

    lab: Lab
    twin: Lab
    kernel: LinuxKernel
    compiled: Compiled

    @property
    def netns(self) -> str:
        """The host's namespace."""
        return netns_of("lab", self.lab.site.name, HOST)

    def run(self, *argv: str) -> str:
        """Run a command on the host."""
        return run("ip", "netns", "exec", self.netns, *argv)

    def perform(self, steps: Iterable[Step]) -> None:
        """Do `steps` to the host, whose uplink then has nothing learned yet: a lab may or may not have spoken."""
        self.kernel.perform(self.lab.site.name, list(steps))
        run("ip", "-n", self.netns, "link", "set", "eth2", "type", "bridge_slave", "fdb_flush", check=False)

    def prove(self) -> Report:
        """Try every claim of the site."""
        site = self.lab.site
        return prove(site, claims(site), self.lab.vantages(), self.twin.vantages())

    def plan(self) -> Plan:
        """Plan once more what was applied."""
        name = self.lab.site.name
        record = Store(place_of("lab", name, HOST), self.kernel.identity).record()
        reading = self.kernel.read(scope_of(name, self.compiled.state, record))
        return plan(self.compiled.state, reading, record, self.compiled.reasons)


@dataclass(frozen=True)
class Arena:
    """A site with its open twin; every lab is built anew, so that no mutant leaves anything to the next."""

    site: Site
    twin: Lab
    mutants: dict[str, Mutant]

    @contextmanager
    def patient(self) -> Iterator[Patient]:
        """Yield the site's lab, freshly built."""
        with borrowed(self.site) as lab, LinuxKernel(netns_of("lab", self.site.name, HOST)) as kernel:
            yield Patient(lab, self.twin, kernel, compiled(lab.site, capabilities()))

    def not_kept(self, *names: str) -> frozenset[str]:
        """Return the ids of the claims that are not kept while all the mutants named are done at once."""
        with self.patient() as patient:
            patient.perform(together(self.mutants[name] for name in names))
            return not_kept(patient.prove())


def not_kept(report: Report) -> frozenset[str]:
    """Return the ids of the claims that `report` does not find kept."""
    return frozenset(result.claim.id for result in report.results if result.verdict != "kept")


def compiled(site: Site, of_kernel: frozenset[str], kind: Kind = "lab") -> Compiled:
    """Return what the host of `site` is compiled to."""
    return compile_host(site, HOST, of_kernel, lambda endpoint: netns_of(kind, site.name, endpoint.name))


@contextmanager
def arena(name: str, folder: Path) -> Iterator[Arena]:
    """Yield the example under the name `name`."""
    path = folder / f"{name}.yaml"
    path.write_text(EXAMPLE.read_text().replace("site: demo", f"site: {name}"))
    site = load_site(path)
    whole = furnished(site)
    with twin_of(site) as twin:
        yield Arena(site, twin, mutants(whole, compiled(whole, capabilities()).state))
