"""Bad days of a machine: each one clear sentence on stderr, the right exit status, nothing half done."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from cli.hypervisor import NETPROOF, Hypervisor, eventually, netproof, refusal
from shell import run

pytestmark = pytest.mark.needs("netns", "ip", "nft")

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
OWN_MOUNTS = ("unshare", "-m", "--propagation", "unchanged", "sh", "-c")


def without(*capabilities: str) -> tuple[str, ...]:
    """Return a command that runs another as root without `capabilities`."""
    drop = ",".join(f"-{name}" for name in capabilities)
    return ("setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}")


@pytest.mark.parametrize("verb", ["plan", "apply", "remove", "restore", "recover", "rollback", "confirm", "prove"])
def test_verb_on_a_live_host_without_root_says_so(verb: str, readable: Path) -> None:
    """Exit 3, and how to get it."""
    assert refusal(verb, readable, "--host", "hv1", expect=3, within=NOBODY) == "netproof: needs root: run with sudo"


@pytest.mark.parametrize("argv", [("prove", "{}", "--lab"), ("lab", "up", "{}"), ("lab", "down", "{}")])
def test_lab_without_root_says_so(argv: tuple[str, ...], readable: Path) -> None:
    """Exit 3, and nothing is built."""
    said = refusal(*(word.format(readable) for word in argv), expect=3, within=NOBODY)
    assert said == "netproof: needs root: run with sudo"


def test_check_needs_no_root(readable: Path) -> None:
    """A file can be checked by whoever can read it."""
    assert "claims" in netproof("check", readable, within=NOBODY).out


@pytest.fixture
def readable() -> Path:
    """Return a site file that everybody may read, where everybody may go."""
    return Path(__file__).parents[2] / "examples" / "bridge-isolation" / "site.yaml"


@pytest.mark.parametrize("capability", ["net_admin", "sys_admin"])
def test_root_without_a_capability_is_told_which(host: Hypervisor, capability: str) -> None:
    """As in a container that dropped it: plan, apply, lab, proof; never a kernel feature that seems to be missing."""
    words = f"netproof: root lacks CAP_{capability.upper()} here: grant it, or run outside of this container"
    for verb in ("plan", "apply", "prove"):
        assert host.refused(verb, expect=3, within=without(capability)) == words
    assert refusal("lab", "up", host.file, expect=3, within=without(capability)) == words
    assert refusal("prove", host.file, "--lab", expect=3, within=without(capability)) == words
    assert not host.guests()


def test_proof_without_raw_sockets_is_refused(host: Hypervisor) -> None:
    """Rather than inconclusive a hundred times."""
    words = "netproof: root lacks CAP_NET_RAW here: grant it, or run outside of this container"
    assert refusal("prove", host.file, "--lab", expect=3, within=without("net_raw")) == words
    assert host.refused("prove", expect=3, within=without("net_raw")) == words


def test_root_of_a_user_namespace_is_told(host: Hypervisor) -> None:
    """It has every capability, but not over this machine's namespaces."""
    assert "of a user namespace" in host.refused("plan", expect=3, within=("unshare", "-Ur"))


def test_missing_libnftables_is_named_with_its_package(host: Hypervisor) -> None:
    """Its files are hidden from one mount namespace; nothing is touched."""
    hidden = "for f in $(ldconfig -p | sed -n 's/.*libnftables.so.1 .*=> //p'); do mount --bind /dev/null $f; done"
    within = (*OWN_MOUNTS, f'mount --make-rprivate /usr 2>/dev/null; {hidden}; exec "$@"', "sh")
    words = "netproof: the site needs nftables, and libnftables is not installed: apt install nftables"
    for verb in ("plan", "apply"):
        assert host.refused(verb, expect=3, within=within) == words
    assert refusal("prove", host.file, "--lab", expect=3, within=within) == words
    assert not host.guests()


def test_absent_nic_is_named(host: Hypervisor) -> None:
    """With those that there are; nothing is touched."""
    before = host.look()
    host.file.write_text(host.file.read_text().replace("eth2", "eth9"))
    for verb in ("plan", "apply"):
        assert "there is no link eth9 here; there are: eth1, eth2" in host.refused(verb, expect=2)
    assert host.look() == before


def test_foreign_bridge_of_the_same_name_is_left_alone(host: Hypervisor) -> None:
    """It is named; nothing is touched."""
    run("ip", "-n", host.hv, "link", "add", "name", f"{host.site}-dmz", "type", "bridge")
    before = host.look()
    for verb in ("plan", "apply"):
        assert f"bridge {host.site}-dmz" in (said := host.refused(verb, expect=4))
        assert "foreign" in said
    assert host.look() == before


def test_uplink_with_an_address_is_refused(host: Hypervisor) -> None:
    """The machine would lose the address that somebody gave it; the message names it."""
    run("ip", "-n", host.hv, "address", "add", "203.0.113.9/24", "dev", "eth2")
    said = host.refused("apply", expect=4)
    assert "eth2" in said
    assert "203.0.113.9" in said
    assert not host.is_applied()


def test_second_site_in_a_namespace_is_refused(host: Hypervisor, tmp_path: Path) -> None:
    """The first is named."""
    host.do("apply")
    other = tmp_path / "other.yaml"
    other.write_text(host.file.read_text().replace(f"site: {host.site}", f"site: {host.site}b"))
    for verb in ("plan", "apply"):
        said = refusal(verb, other, "--host", "hv1", "--netns", host.hv, expect=4)
        assert host.site in said
    assert host.do("plan").out.startswith("hv1: nothing to do")


@pytest.mark.parametrize("room", [0, 0.5, 1.5])
def test_full_disk_at_the_journal_changes_nothing(host: Hypervisor, room: float) -> None:
    """Before the first write, in its middle, and at the second, when all was done already: told, undone, exit 4."""
    host.do("apply")
    kilobytes = (host.folder / "last.json").stat().st_size // 1024
    host.do("rollback")
    before = host.look()
    state = f"mount -t tmpfs -o size={100 + int(room * kilobytes)}k none {host.folder}"
    fill = f"mount --make-private {host.folder} && head -c 100K /dev/zero >{host.folder}/fill"
    said = host.refused("apply", expect=4, within=(*OWN_MOUNTS, f'{state} && {fill} && exec "$@"', "sh"))
    assert "No space left on device" in said
    assert ("everything was undone" in said) == (room > 1)
    assert host.look() == before
    eventually(lambda: not host.deadmen())


def test_second_apply_at_the_same_time_is_refused(host: Hypervisor) -> None:
    """The first, and when it began, is named; it is not disturbed."""
    first = host.begin("apply", "--prove")
    eventually(lambda: host.journal() is not None)
    first.send_signal(signal.SIGSTOP)
    said = host.refused("apply", expect=4)
    assert f"another apply (pid {first.pid}, since " in said
    assert "another apply" in host.refused("remove", expect=4)
    assert "another apply" in host.refused("recover", expect=4)
    first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 0
    assert host.do("plan").out.startswith("hv1: nothing to do")


def test_namespace_that_vanishes_during_a_proof_is_inconclusive(host: Hypervisor) -> None:
    """What it was to see is inconclusive, with the reason; the rest is judged; exit 1."""
    host.do("apply")
    proving = host.begin("prove")
    vanish_when_watched(f"{host.site}.vm2", proving)
    out, err = proving.communicate(timeout=60)
    assert "Traceback" not in err
    assert proving.returncode == 1, out + err
    assert "inconclusive" in out
    assert " kept" in out


def vanish_when_watched(netns: str, watcher: subprocess.Popen[str]) -> None:
    """Take a namespace away, and all that is in it, once a process has packet sockets there."""
    listening = ("ip", "netns", "exec", netns, "cat", "/proc/net/packet")
    eventually(lambda: len(run(*listening).splitlines()) > 1)
    watcher.send_signal(signal.SIGSTOP)
    run("ip", "-n", netns, "link", "del", "eth0")
    run("ip", "netns", "del", netns)
    watcher.send_signal(signal.SIGCONT)


def test_endpoint_whose_namespace_is_somebody_elses_is_set_aside(host: Hypervisor) -> None:
    """A namespace without our mark that already has an eth0 is not taken over; all else is done."""
    run("ip", "netns", "add", f"{host.site}.vm1")
    run("ip", "-n", f"{host.site}.vm1", "link", "add", "name", "eth0", "type", "bridge")
    assert "set aside: endpoint vm1" in host.do("apply", expect=1).out
    assert host.is_applied()
    there = run("ip", "-n", f"{host.site}.vm1", "-br", "link")
    assert sorted(line.split()[0] for line in there.splitlines()) == ["eth0", "lo"]
    assert f"{host.site}-vm1" not in run("ip", "-n", host.hv, "-br", "link")


def test_state_folder_that_cannot_be_made_is_told(host: Hypervisor) -> None:
    """A read-only /var/lib: nothing is touched."""
    before = host.look()
    readonly = "mount --bind /var/lib /var/lib && mount --make-private /var/lib && mount -o remount,ro,bind /var/lib"
    said = host.refused("apply", expect=4, within=(*OWN_MOUNTS, f'{readonly}; exec "$@"', "sh"))
    assert "Read-only file system" in said
    assert host.look() == before


@pytest.mark.parametrize("name", ["journal.json", "record.json"])
def test_damaged_file_is_told_with_its_place(host: Hypervisor, name: str) -> None:
    """Nothing is guessed from half a file."""
    host.do("apply")
    (host.folder / name).write_text('{"identity": ')
    said = host.refused("plan", expect=4)
    assert f"{host.folder}/{name} is damaged" in said
    assert str(NETPROOF) not in said
