"""Two hosts with an sshd each, a site stretched between them, and whoever proves it from a third machine.

::

    admin ── mgmt1 192.168.77.1 ── hv1 ── eth0 203.0.113.1 ── 203.0.113.2 eth0 ── hv2 ── mgmt2 192.168.78.1 ── admin
                                    ├ a1 (blue), r1 (red)                          └ a2 (blue), r2 (red)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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
AuthorizedKeysFile {folder}/authorized
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
LAGGING = """
Host *
  ProxyCommand {python} {script} {lag} %h %p
"""


@dataclass
class Admin:
    """A machine from which hosts are reached by ssh: its namespace, and a folder for keys and settings."""

    netns: str
    folder: Path
    sshds: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("key", "hostkey"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(self.folder / name))
        # The key is good for nothing else, as the docs advise.
        self.note("authorized", f'restrict,command="netproof outpost" {(self.folder / "key.pub").read_text()}')
        (self.folder / "bin").mkdir()
        wrapper = self.folder / "bin" / "ssh"  # OpenSSH reads the home that is in passwd, whatever HOME says
        wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.folder}/config "$@"\n')
        wrapper.chmod(0o755)

    @property
    def within(self) -> tuple[str, ...]:
        """Return the command within which a command runs on this machine."""
        return ("ip", "netns", "exec", self.netns, "env", f"PATH={self.folder}/bin:{os.environ['PATH']}")

    def reach(self, host: str, netns: str) -> None:
        """Wire `host`, which is `netns`, to this machine and start an sshd there."""
        number = len(self.sshds) + 1
        address = f"192.168.{76 + number}.1"
        run(*f"ip -n {netns} link add mgmt type veth peer name mgmt{number} netns {self.netns}".split())
        run(*f"ip -n {netns} address add {address}/24 dev mgmt".split())
        run(*f"ip -n {self.netns} address add 192.168.{76 + number}.2/24 dev mgmt{number}".split())
        run("ip", "-n", netns, "link", "set", "mgmt", "up")
        run("ip", "-n", self.netns, "link", "set", f"mgmt{number}", "up")
        self.note("config", CLIENT.format(host=host, address=address, folder=self.folder))
        self.note("known", f"{address} {(self.folder / 'hostkey.pub').read_text()}")
        path = f"{NETPROOF.parent}:/usr/sbin:/usr/bin:/sbin:/bin"
        self.note(f"sshd{number}", SSHD.format(address=address, folder=self.folder, path=path))
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        sshd = ("/usr/sbin/sshd", "-D", "-f", f"{self.folder}/sshd{number}", "-E", f"{self.folder}/sshd{number}.log")
        self.sshds[host] = subprocess.Popen(["ip", "netns", "exec", netns, *sshd])
        eventually(lambda: bool(run("ip", "netns", "exec", netns, "ss", "-Htnl", "sport", "22")))

    def lag(self, seconds: float) -> None:
        """Let what goes between this machine and any host take so long from now on, either way."""
        script = Path(__file__).with_name("lagging.py")
        self.note("config", LAGGING.format(python=sys.executable, script=script, lag=seconds))

    def leave(self) -> None:
        """End every sshd."""
        for sshd in self.sshds.values():
            sshd.terminate()
            sshd.wait()

    def note(self, name: str, text: str) -> None:
        """Add `text` to one of its files."""
        with (self.folder / name).open("a") as file:
            file.write(text)


@dataclass
class FarHosts:
    """The hosts' namespaces by name, the site's name and file, and the machine from which they are proved."""

    site: str
    file: Path
    netns: dict[str, str]
    admin: Admin

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
        return netproof("prove", self.file, "--ssh", *argv, expect=expect, within=self.admin.within)

    def begin(self) -> subprocess.Popen[str]:
        """Begin such a proof."""
        command = [*self.admin.within, NETPROOF, "prove", self.file, "--ssh", "--format", "json"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outposts(self, *hosts: str) -> list[int]:
        """Return the processes of the proof on these hosts, or all: what one is about to start looks like one, too."""
        found = []
        for host in hosts or self.netns:
            for pid in run("ip", "netns", "pids", self.netns[host]).split():
                with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                    if b"\0outpost\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        found.append(int(pid))
        return found


@contextmanager
def far_hosts(make_netns: Callable[[str], str], folder: Path, site: str, text: str = SITE) -> Iterator[FarHosts]:
    """Make them; whatever is left is removed by other means than netproof's."""
    netns = {name: make_netns(name) for name in ("hv1", "hv2")}
    run(*f"ip -n {netns['hv1']} link add eth0 mtu 1600 type veth peer name eth0 mtu 1600 netns {netns['hv2']}".split())
    file = folder / "site.yaml"
    file.write_text(text.format(site=site))
    made = FarHosts(site, file, netns, Admin(make_netns("admin"), folder))
    with ExitStack() as stack:
        stack.callback(_remove, made)
        for host, name in netns.items():
            run("ip", "-n", name, "link", "set", "eth0", "up")
            made.admin.reach(host, name)
        yield made


def _remove(made: FarHosts) -> None:
    made.admin.leave()
    for line in run("ip", "netns").splitlines():
        if line.startswith(f"{made.site}."):
            run("ip", "netns", "del", line.split()[0], check=False)
    shutil.rmtree(STATE / made.site, ignore_errors=True)
