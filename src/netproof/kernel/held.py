"""The namespaces one kernel has open: a descriptor and a channel each, opened once, let go when deleted."""

from __future__ import annotations

import os
from dataclasses import dataclass

from netproof.errors import ConflictError
from netproof.kernel.channel import NETLINK_NETFILTER, Channel
from netproof.kernel.netns import entered, open_netns
from netproof.state.object import HOME, is_hosts


@dataclass(slots=True)
class Held:
    """One namespace: `fd` to enter it, `route` to ask and tell it things from wherever one is."""

    name: str
    fd: int
    route: Channel
    _netfilter: Channel | None = None

    def netfilter(self) -> Channel:
        """Return a channel to its nftables. Raises CannotError if the kernel has none."""
        if self._netfilter is None:
            with entered(self.fd):
                self._netfilter = Channel.open(NETLINK_NETFILTER)
        return self._netfilter

    def close(self) -> None:
        """Let go of the namespace."""
        if self._netfilter:
            self._netfilter.close()
        self.route.close()
        os.close(self.fd)


class Namespaces:
    """Home, a named namespace or the one this process is in, and the named ones met since."""

    def __init__(self, home: str | None) -> None:
        fd = open_netns(home) if home is not None else os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._held = {HOME: _hold(HOME, fd)}

    def __getitem__(self, name: str) -> Held:
        """Return the namespace `name`, HOME or a name under /run/netns.

        Raises UsageError if there is none, ConflictError if it is home itself by another name.
        """
        held = self._held.get(name)
        if held is None:
            held = _hold(name, open_netns(name))
            if held.route.cookie() == self._held[HOME].route.cookie():
                held.close()
                raise ConflictError(f'the network namespace "{name}" is the host\'s own: no endpoint can live in it')
            self._held[name] = held
        return held

    def forget(self, name: str) -> None:
        """Let go of a namespace whose name is to vanish, or may have come to mean another."""
        if name != HOME and name in self._held:
            self._held.pop(name).close()

    def close(self) -> None:
        """Let go of all."""
        while self._held:
            self._held.popitem()[1].close()


def _hold(name: str, fd: int) -> Held:
    try:
        with entered(fd):
            channel = Channel.open()
            channel.lenient = not is_hosts(name)
            return Held(name, fd, channel)
    except BaseException:
        os.close(fd)
        raise
