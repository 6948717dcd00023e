"""What is wrong with the command line or the file is told in one sentence, before anything is touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.hypervisor import NETPROOF, Hypervisor, netproof, refusal

pytestmark = pytest.mark.needs("netns", "ip", "nft")


@pytest.mark.parametrize("verb", ["plan", "apply", "prove"])
def test_unknown_host_is_told_with_the_nearest(host: Hypervisor, verb: str) -> None:
    """Did you mean the one that there is."""
    said = refusal(verb, host.file, "--host", "hv2", "--netns", host.hv, expect=2)
    assert said == f'netproof: site "{host.site}" has no host "hv2"; did you mean "hv1"?'


@pytest.mark.parametrize("verb", ["plan", "apply", "confirm", "rollback", "recover", "restore", "remove", "prove"])
def test_unknown_namespace_is_told(host: Hypervisor, verb: str) -> None:
    """A proof too: it would have nothing to watch, and nothing broken to tell of."""
    said = refusal(verb, host.file, "--host", "hv1", "--netns", "no-such", expect=2)
    assert said == 'netproof: there is no network namespace "no-such" (`ip netns` lists them)'


def test_file_that_cannot_be_read_is_told(host: Hypervisor, tmp_path: Path) -> None:
    """Missing, or a folder; also where a site's name would do."""
    missing = tmp_path / "nothing.yaml"
    assert refusal("check", missing, expect=2) == f"{missing}: cannot be read: No such file or directory"
    assert refusal("check", tmp_path, expect=2) == f"{tmp_path}: cannot be read: Is a directory"
    said = refusal("remove", missing, "--host", "hv1", "--netns", host.hv, expect=2)
    assert said == f"{missing}: cannot be read: No such file or directory"


@pytest.mark.parametrize("argv", [[], ["--netns", "hv"]])
def test_folder_or_file_that_others_may_write_is_not_applied(host: Hypervisor, argv: list[str]) -> None:
    """Plan and lab take it; apply names the remedy and touches nothing."""
    host.file.chmod(0o666)
    said = refusal("apply", host.file, "--host", "hv1", "--netns", host.hv, expect=2)
    assert said == f"{host.file}: others may write it (mode 0666); run: chmod go-w {host.file}"
    assert not host.is_applied()
    host.do("plan")


def test_mistakes_of_the_file_are_told_all_at_once(host: Hypervisor) -> None:
    """One line each, with its place, for every verb that reads the file."""
    text = host.file.read_text()
    host.file.write_text(text.replace("isolation: auto", "isolation: atuo").replace("eth2: {net", "eth2: {nte"))
    for verb in ("check", "plan", "apply"):
        argv = () if verb == "check" else ("--host", "hv1", "--netns", host.hv)
        lines = netproof(verb, host.file, *argv, expect=2).err.splitlines()
        assert len(lines) >= 2
        assert all(line.startswith(f"{host.file}:") for line in lines)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "required: VERB"),
        (("aply",), "invalid choice: 'aply'"),
        (("plan", "x.yaml"), "required: --host"),
        (("apply", "x.yaml", "--host", "h", "--prove", "--confirm", "3"), "not allowed with"),
        (("prove", "x.yaml"), "one of the arguments --lab --host --ssh is required"),
    ],
)
def test_command_line_that_means_nothing_is_refused(argv: tuple[str, ...], words: str) -> None:
    """Exit 2, with the usage."""
    said = netproof(*argv, expect=2)
    assert said.err.startswith("usage: ")
    assert words in said.err.splitlines()[-1]


def test_selection_without_claims_is_refused(host: Hypervisor) -> None:
    """A proof of nothing would hold; the names there are are listed."""
    said = refusal("prove", host.file, "--lab", "--from", "vm3", expect=2)
    assert said.startswith("netproof: --from vm3: no claim has it; there are ")
    assert "vm1, vm2" in said
    said = refusal("prove", host.file, "--lab", "--kind", "identity", "--from", "vm1", "--to", "hv1", expect=2)
    assert said == "netproof: nothing to prove: each is known, but no claim has them all"


def test_reader_that_has_heard_enough_changes_no_exit_status(host: Hypervisor) -> None:
    """`netproof prove … | head -1`: nothing on stderr, and the verdict is the exit status all the same."""
    host.file.write_text(host.file.read_text().replace("isolation: auto", "isolation: none"))
    for format_, verb in (("text", "check"), ("json", "prove")):
        more = ["--lab"] if verb == "prove" else []
        begun = host.start(verb, host.file, "--format", format_, *more)
        assert begun.stdout
        begun.stdout.close()
        assert begun.wait(60) == (1 if verb == "prove" else 0)
        assert begun.stderr
        assert not begun.stderr.read()


def test_output_that_cannot_be_written_is_an_error(host: Hypervisor) -> None:
    """Half a plan must not look like a whole one."""
    for format_ in ("text", "json"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [NETPROOF, *host.at("plan", "--format", format_)],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert (done.returncode, done.stderr) == (
            3,
            "netproof: cannot write the output: No space left on device\n",
        )


def test_closed_standard_streams_do_no_harm(host: Hypervisor) -> None:
    """No file of netproof's takes the place of a closed descriptor, where a later print would write into it."""
    host.do("apply", "--confirm", "60", within=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"])
    assert host.is_applied()
    assert host.do("confirm").out.startswith("confirmed")
    host.do("remove")
