"""The rendered script, run by hand on an empty host, against `apply` on another: a second opinion on both.

Nothing of netproof is imported here: what the tools print is compared, owner marks left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from render.hosts import CASES, EXAMPLE, EXAMPLES, differences, guests, hosts, own_site, plugged, settled, within
from shell import run

NETPROOF = str(Path(sys.executable).with_name("netproof"))
OTHER = "192.168.14.1"

HOSTS = [pytest.param(file, host, id=f"{file.parent.name}-{host}") for file in EXAMPLES for host in hosts(file)]
MORE = [pytest.param(file, "hv1", id=file.parent.name, marks=pytest.mark.slow) for file in CASES]

pytestmark = pytest.mark.needs("netns", "ip", "bridge", "tc", "nft")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Callable[[Path], tuple[Path, str]]]:
    """Make an example this test's own; whatever is made of it is removed by other means than netproof's."""
    names = []

    def make(example: Path) -> tuple[Path, str]:
        file, name = own_site(example, tmp_path)
        names.append(name)
        return file, name

    yield make
    for name in names:
        _remove(name)


def _remove(site: str) -> None:
    for guest in guests(site):
        run("ip", "netns", "del", guest)
    shutil.rmtree(f"/var/lib/netproof/{site}", ignore_errors=True)


def _rendered(file: Path, host: str, language: str) -> str:
    text = run(NETPROOF, "render", str(file), "--host", host, "--to", language)
    path = file.with_name(f"host.{language}")
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(("example", "host"), HOSTS + MORE)
def test_script_in_an_empty_namespace_gives_what_apply_gives(
    make_netns: Callable[[str], str], own: Callable[[Path], tuple[Path, str]], example: Path, host: str
) -> None:
    """Links, addresses, routes, rules, FDB, VLANs, rulesets, filters and sysctls of the host and of its endpoints."""
    file, site = own(example)
    homes = [plugged(make_netns, hosts(file)[host]) for _ in range(2)]
    run(NETPROOF, "apply", str(file), "--host", host, "--netns", homes[0])
    by_apply = settled(homes[0], site)
    _remove(site)
    within(homes[1], "sh", _rendered(file, host, "shell"))
    if differ := differences(by_apply, settled(homes[1], site)):
        pytest.fail("apply (-) and the script (+) differ:\n" + "\n".join(differ[:200]))


@pytest.mark.parametrize(("example", "host"), HOSTS + MORE)
def test_apply_after_the_script_finds_all_of_it_there_and_foreign(
    make_netns: Callable[[str], str], own: Callable[[Path], tuple[Path, str]], example: Path, host: str
) -> None:
    """Nothing of it is in the way, made again or changed."""
    file, site = own(example)
    home = plugged(make_netns, hosts(file)[host])
    within(home, "sh", _rendered(file, host, "shell"))
    before = settled(home, site)
    at = (str(file), "--host", host, "--netns", home, "--format", "json")
    planned = json.loads(run(NETPROOF, "plan", *at))
    assert [step["object"] for step in planned["steps"]] == []
    ours = [thing["object"] for thing in planned["present"] if not thing["foreign"]]
    assert [thing for thing in ours if not thing.startswith("nft ")] == []
    run(NETPROOF, "apply", *at)
    assert differences(before, settled(home, site)) == []


@pytest.mark.parametrize(("example", "host"), HOSTS)
def test_tables_loaded_twice_are_those_of_the_script(
    make_netns: Callable[[str], str], own: Callable[[Path], tuple[Path, str]], example: Path, host: str
) -> None:
    """`nft -f` of the rendered file replaces what it loaded before, rule by rule the same."""
    file, _ = own(example)
    home = plugged(make_netns, hosts(file)[host])
    within(home, "sh", _rendered(file, host, "shell"))
    by_script = within(home, "nft", "list", "ruleset")
    for _ in range(2):
        within(home, "nft", "-f", _rendered(file, host, "nft"))
        assert sorted(within(home, "nft", "list", "ruleset").splitlines()) == sorted(by_script.splitlines())


@pytest.mark.needs("arping")
@pytest.mark.parametrize(("isolation", "answers"), [("none", True), ("[tc-ingress]", False)])
def test_filter_of_the_script_drops(
    make_netns: Callable[[str], str], own: Callable[[Path], tuple[Path, str]], isolation: str, answers: bool
) -> None:
    """What it types of traffic control, with whatever this kernel has, keeps a guest's question from the host."""
    file, site = own(EXAMPLE)
    file.write_text(file.read_text().replace("isolation: auto", f"isolation: {isolation}"))
    home = plugged(make_netns, hosts(file)["hv1"])
    within(home, "sh", _rendered(file, "hv1", "shell"))
    asked = ["ip", "netns", "exec", f"{site}.vm1", "arping", "-f", "-w3", "-I", "eth0", OTHER]
    assert (subprocess.run(asked, capture_output=True, check=False).returncode == 0) == answers
