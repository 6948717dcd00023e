"""Two hosts with an sshd each, a site stretched between them, and whoever proves it from a third machine.

::

    admin ── mgmt1 192.168.77.1 ── hv1 ── eth0 203.0.113.1 ── 203.0.113.2 eth0 ── hv2 ── mgmt2 192.168.78.1 ── admin
                                    ├ a1 (blue), r1 (red)                          └ a2 (blue), r2 (red)
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cli.hypervisor import NETPROOF, STATE, Said, eventually, netproof
from shell import run

SITE = """
netproof: 1
site: {site}
networks:
  core: {{subnets: [203.0.113.0/24], mtu: 1600}}
hosts:
  hv1: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.1/24]}}}}}}
  hv2: {{vtep: eth0, nics: {{eth0: {{network: core, addresses: [203.0.113.2/24]}}}}}}
segments:
  blue: {{subnets: [192.0.2.0/24, "2001:db8:2::/64"], vni: 100, overlay: static-l2}}
  red: {{subnets: [192.0.2.0/24], vni: 200, overlay: flood}}
endpoints:
  a1: {{host: hv1, segment: blue, addresses: [192.0.2.11/24, "2001:db8:2::11/64"]}}
  a2: {{host: hv2, segment: blue, addresses: [192.0.2.12/24, "2001:db8:2::12/64"]}}
  r1: {{host: hv1, segment: red, addresses: [192.0.2.11/24]}}
  r2: {{host: hv2, segment: red, addresses: [192.0.2.12/24]}}
"""
SSHD = """
ListenAddress {address}
HostKey {folder}/hostkey
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
SetEnv PATH={path}
"""
CLIENT = """
Host {host}
  HostName {address}
  User root
  IdentityFile {folder}/key
  UserKnownHostsFile {folder}/known
"""


@dataclass
class FarHosts:
    """The machines, by name; the site's name and file; and how `ssh` is found by whoever proves."""

    site: str
    file: Path
    folder: Path
    netns: dict[str, str]
    sshds: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def admin(self) -> tuple[str, ...]:
        """Return the command within which a command runs on the admin's machine."""
        path = f"PATH={self.folder}/bin:{os.environ['PATH']}"
        return ("ip", "netns", "exec", self.netns["admin"], "env", path)

    def at(self, host: str, *argv: str | Path, expect: int = 0) -> Said:
        """Run netproof on one of the hosts."""
        # `ip netns exec` would hide from others what is mounted within: the guests' namespaces.
        return netproof(*argv, expect=expect, within=("nsenter", f"--net=/run/netns/{self.netns[host]}"))

    def apply(self) -> None:
        """Apply the site on both hosts."""
        for host in ("hv1", "hv2"):
            self.at(host, "apply", self.file, "--host", host)

    def prove(self, *argv: str, expect: int = 0) -> Said:
        """Prove the site over ssh from the admin's machine."""
        return netproof("prove", self.file, "--ssh", *argv, expect=expect, within=self.admin)

    def begin(self) -> subprocess.Popen[str]:
        """Begin such a proof."""
        command = [*self.admin, NETPROOF, "prove", self.file, "--ssh", "--format", "json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outposts(self) -> list[int]:
        """Return the processes of the proof on the hosts."""
        found = []
        for host in ("hv1", "hv2"):
            for pid in run("ip", "netns", "pids", self.netns[host]).split():
                with suppress(FileNotFoundError):  # it has just ended
                    if b"\0outpost\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        found.append(int(pid))
        return found


@contextmanager
def far_hosts(make_netns: Callable[[str], str], folder: Path, site: str) -> Iterator[FarHosts]:
    """Make them; whatever is left is removed by other means than netproof's."""
    netns = {name: make_netns(name) for name in ("hv1", "hv2", "admin")}
    run(*f"ip -n {netns['hv1']} link add eth0 mtu 1600 type veth peer name eth0 mtu 1600 netns {netns['hv2']}".split())
    file = folder / "site.yaml"
    file.write_text(SITE.format(site=site))
    made = FarHosts(site, file, folder, netns)
    _make_keys(folder)
    with ExitStack() as stack:
        stack.callback(_remove, made)
        for number in (1, 2):
            _wire(made, number)
            made.sshds[f"hv{number}"] = _sshd(made, number)
        eventually(lambda: all("LISTEN" in _sockets(netns[host]) for host in made.sshds))
        yield made


def _make_keys(folder: Path) -> None:
    for name in ("key", "hostkey"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name))
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "ssh"  # OpenSSH reads the home that is in passwd, whatever HOME says
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
    wrapper.chmod(0o755)


def _wire(made: FarHosts, number: int) -> None:
    host, admin, subnet = made.netns[f"hv{number}"], made.netns["admin"], f"192.168.{76 + number}"
    run(*f"ip -n {host} link add mgmt type veth peer name mgmt{number} netns {admin}".split())
    run(*f"ip -n {host} address add {subnet}.1/24 dev mgmt".split())
    run(*f"ip -n {admin} address add {subnet}.2/24 dev mgmt{number}".split())
    for netns, ifname in ((host, "mgmt"), (host, "eth0"), (admin, f"mgmt{number}")):
        run("ip", "-n", netns, "link", "set", ifname, "up")
    with (made.folder / "config").open("a") as config:
        config.write(CLIENT.format(host=f"hv{number}", address=f"{subnet}.1", folder=made.folder))
    with (made.folder / "known").open("a") as known:
        known.write(f"{subnet}.1 {(made.folder / 'hostkey.pub').read_text()}")


def _sshd(made: FarHosts, number: int) -> subprocess.Popen[bytes]:
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    config = made.folder / f"sshd{number}"
    path = f"{NETPROOF.parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    config.write_text(SSHD.format(address=f"192.168.{76 + number}.1", folder=made.folder, path=path))
    command = ["ip", "netns", "exec", made.netns[f"hv{number}"], "/usr/sbin/sshd", "-D", "-f", str(config)]
    return subprocess.Popen([*command, "-E", str(made.folder / f"sshd{number}.log")])


def _sockets(netns: str) -> str:
    return run("ip", "netns", "exec", netns, "ss", "-Htnl")


def _remove(made: FarHosts) -> None:
    for sshd in made.sshds.values():
        sshd.terminate()
        sshd.wait()
    for line in run("ip", "netns").splitlines():
        if line.startswith(f"{made.site}."):
            run("ip", "netns", "del", line.split()[0], check=False)
    shutil.rmtree(STATE / made.site, ignore_errors=True)
