"""A segment in a namespace of its own, an annex, on a host where its bridge comes and goes."""

from __future__ import annotations

import re
import shutil

import pytest

from cli.hypervisor import Hypervisor, netproof
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")


def write(host: Hypervisor, isolation: str) -> None:
    """Give the host's file a segment without uplink, isolated so."""
    text = re.sub(r"^ *(uplinks|gateway): .*\n", "", host.file.read_text(), flags=re.M)
    host.file.write_text(re.sub("isolation: .*", f"isolation: {isolation}", text))


def test_ports_in_an_annex_are_ours_again_after_a_rollback(host: Hypervisor) -> None:
    """They bear the mark, so that they can go elsewhere and away."""
    write(host, "[namespace, ingress]")
    host.do("apply")
    host.do("remove")
    host.do("rollback")
    assert not [line for line in host.do("plan").out.splitlines() if "veth" in line]
    write(host, "auto")
    host.do("apply")
    assert host.is_applied()
    host.do("remove")
    assert host.guests() == []


@pytest.mark.parametrize("isolation", ["auto", "[namespace, ingress]"])
def test_site_whose_record_was_lost_can_be_removed_after_it_was_applied_again(host: Hypervisor, isolation: str) -> None:
    """What lies in a guest's namespace on what is ours goes with that: nobody else had it there before."""
    write(host, isolation)
    host.do("apply")
    shutil.rmtree(host.folder)
    assert host.do("apply").out.splitlines()[-1] == "as declared already"
    host.do("remove")
    assert host.guests() == []
    assert not host.is_applied()
    assert host.site not in run("ip", "-n", host.hv, "link")


def test_annex_that_no_record_tells_of_is_removed(host: Hypervisor) -> None:
    """It is known by its name and its mark; one of the name without the mark, or of another host's, stays."""
    write(host, "[namespace, ingress]")
    host.do("apply")
    shutil.rmtree(host.folder)
    bystanders = [f"{host.site}.other@hv1", f"{host.site}.dmz@hv2"]
    for name, mark in zip(bystanders, ("mine", f"netproof:{host.site}:{bystanders[1]}"), strict=True):
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "alias", mark)
    assert host.do("remove").out.splitlines()[-1] == "removed"
    assert f"{host.site}.dmz@hv1" not in host.guests()
    assert set(bystanders) < set(host.guests())
    assert host.do("remove").out.splitlines()[-1] == "nothing of ours was here"


def test_annex_goes_where_the_host_began_anew_without_it(host: Hypervisor) -> None:
    """What is remembered is of another namespace of its name, and the site as it is now wants no annex."""
    write(host, "[namespace, ingress]")
    host.do("apply")
    record = host.folder / "record.json"
    record.write_text(re.sub('"identity": "[^"]*"', '"identity": "another"', record.read_text(), count=1))
    write(host, "auto")
    host.do("apply")
    assert f"{host.site}.dmz@hv1" not in host.guests()
    assert host.is_applied()


def test_annex_of_a_host_that_is_remembered_elsewhere_stays(host: Hypervisor) -> None:
    """Whoever means the wrong namespace takes nothing away."""
    write(host, "[namespace, ingress]")
    host.do("apply")
    before = host.guests()
    said = netproof("remove", host.file, "--host", "hv1", "--netns", host.infra)
    assert said.out.splitlines()[-1] == "nothing of ours was here"
    assert host.guests() == before


def test_what_an_apply_to_a_labs_host_made_goes_with_the_lab(host: Hypervisor) -> None:
    """A node that the site has since the lab was built bears the mark of the apply, not the lab's."""
    write(host, "auto")
    netproof("lab", "up", host.file)
    write(host, "[namespace, ingress]")
    home = f"lab.{host.site}.hv1"
    netproof("apply", host.file, "--host", "hv1", "--netns", home)
    assert f"lab.{host.site}.dmz@hv1" in host.guests()
    netproof("lab", "down", host.file)
    assert host.guests() == []


@pytest.mark.parametrize(
    ("family", "wound"),
    [
        ("-6", ("del pref 1",)),
        ("-4", ("del pref 0", "add pref 0 lookup local", "add pref 0 iif {0} blackhole protocol 110")),
        ("-6", ("del pref 0", "add pref 0 lookup local", "add pref 0 iif {0} lookup local")),
    ],
    ids=["nothing local behind it", "behind it", "gone, and two in its place"],
)
def test_order_of_a_rule_that_comes_first_is_put_right_again(
    host: Hypervisor, family: str, wound: tuple[str, ...]
) -> None:
    """What the plan has is the one rule; then it is before any lookup of local addresses, with one behind."""
    write(host, "[namespace, ingress, rule-blackhole]")
    host.do("apply")
    rule = ("ip", family, "-n", f"{host.site}.dmz@hv1", "rule")
    whole = run(*rule)
    for words in wound:
        run(*rule, *words.format(f"{host.site}-dmz").split())
    assert [step["kind"] for step in host.do("plan", "--format", "json").json["steps"]] == ["rule"]
    host.do("apply")
    assert run(*rule) == whole
    assert not host.do("plan", "--format", "json").json["steps"]


def test_rollback_of_a_rule_put_in_order_leaves_it_as_it_was(host: Hypervisor) -> None:
    """Also that is an undo like any other."""
    write(host, "[namespace, ingress, rule-blackhole]")
    host.do("apply")
    rule = ("ip", "-6", "-n", f"{host.site}.dmz@hv1", "rule")
    run(*rule, "del", "pref", "1")
    run(*rule, "del", "pref", "0")
    run(*rule, "add", "pref", "0", "lookup", "local")
    host.do("apply")
    host.do("rollback")
    assert host.do("plan", "--format", "json").json["steps"]
    assert "blackhole" not in run(*rule).splitlines()[0]
