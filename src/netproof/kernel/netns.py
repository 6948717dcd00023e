"""Named network namespaces (ip-netns(8)): entering, making, marking and removing them.

A name is a file under /run/netns on which the namespace is bind-mounted. The name comes last: a namespace is marked,
by the ifalias of its `lo`, before anybody can find it, and if its maker dies before that it is gone with it.
`setns` and `unshare` act on the calling thread alone, hence the threads that are thrown away.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from netproof.errors import CannotError, KernelError, UsageError
from netproof.kernel.channel import Channel, Refusal
from netproof.kernel.link import IFLA_IFNAME, RTM_GETLINK, ifinfo, link_record, set_alias
from netproof.kernel.netlink import Request, text

FOLDER: Final = Path("/run/netns")

_CLONE_NEWNET = 0x40000000
_NS_GET_NSTYPE = 0xB703
_MS_BIND, _MS_REC, _MS_SHARED, _MNT_DETACH = 4096, 16384, 1 << 20, 2

_libc = ctypes.CDLL(None, use_errno=True)

T = TypeVar("T")


@contextmanager
def entered(netns: int | str | None) -> Iterator[None]:
    """Put the calling thread into a namespace (a descriptor, a name, or None: stay) and back again.

    Raises UsageError if there is none of that name, CannotError without the right to, KernelError.
    """
    if netns is None:
        yield
        return
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = open_netns(netns) if isinstance(netns, str) else netns
    try:
        _setns(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)
        if there != netns:
            os.close(there)


@contextmanager
def returning() -> Iterator[None]:
    """Put the calling thread back into its present namespace at the end, wherever an interruption has left it."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        _setns(home)
        os.close(home)


def open_netns(name: str) -> int:
    """Return a descriptor of the namespace `name`. Raises UsageError if there is none."""
    _check_name(name)
    try:
        fd = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise UsageError(f'there is no network namespace "{name}" (`ip netns` lists them)') from error
    except OSError as error:
        raise KernelError(f"open netns {name}", error.errno or errno.EIO) from error
    if not _is_netns(fd):
        os.close(fd)
        raise UsageError(f"{FOLDER / name} is not a network namespace")
    return fd


def exists(name: str) -> bool:
    """Say whether there is a namespace of this name; a mere file of the name is none."""
    try:
        os.close(open_netns(name))
    except UsageError:
        return False
    return True


def create(name: str, alias: str) -> None:
    """Make a namespace, `lo` down and bearing `alias`, and give it its name. Raises KernelError."""
    create_each([(name, alias)])


def create_each(wanted: Iterable[tuple[str, str]]) -> None:
    """Make a namespace for each (name, alias). Raises KernelError at the first that fails, naming it."""
    _prepare_folder()

    def work() -> None:
        for name, alias in wanted:
            _born(name, alias)

    in_thread(work)


def delete(name: str) -> None:
    """Take the name away. The namespace goes when nobody is in it or holds it. Raises KernelError."""
    _check_name(name)
    path = FOLDER / name
    while _libc.umount2(os.fsencode(path), _MNT_DETACH) == 0:
        pass
    try:
        path.unlink()
    except OSError as error:
        raise KernelError(f"delete netns {name}", error.errno or errno.EIO) from error


def alias_of_lo(name: str) -> str:
    """Return the ifalias of the `lo` of a named namespace, which says whose it is. Raises UsageError, KernelError."""
    with entered(name):
        channel = Channel.open()
    try:
        answer = channel.ask(Request(RTM_GETLINK, ifinfo() + text(IFLA_IFNAME, "lo")))
    finally:
        channel.close()
    return "" if isinstance(answer, Refusal) else link_record(answer).alias


def cookie(fd: int) -> int:
    """Return the number of a namespace, which no other bears until the next boot."""
    with entered(fd):
        channel = Channel.open()
    try:
        return channel.cookie()
    finally:
        channel.close()


def unshare() -> None:
    """Move the calling thread, which must be one to throw away, into a new namespace without a name."""
    _must(_libc.unshare(_CLONE_NEWNET), "make a network namespace")


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, which may change namespaces as it likes, and return what it returns.

    Whatever it raises is raised here.
    """
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again below, where somebody hears it
            failures.append(error)

    thread = threading.Thread(target=run, name="netns")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _born(name: str, alias: str) -> None:
    _check_name(name)
    unshare()
    channel = Channel.open()
    refused = channel.send([set_alias("lo", alias)])
    channel.close()
    if refused:
        raise KernelError(f"create netns {name}", refused[0].errno, refused[0].text)
    _bind(FOLDER / name)


def _bind(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
    except FileExistsError as error:
        if exists(path.name) or path.stat().st_size:
            raise KernelError(f"create netns {path.name}", errno.EEXIST) from error
        # An empty file: somebody was killed between making it and mounting on it.
    except OSError as error:
        raise KernelError(f"create netns {path.name}", error.errno or errno.EIO) from error
    done = _libc.mount(b"/proc/thread-self/ns/net", os.fsencode(path), b"none", _MS_BIND, None)
    if done:
        number = ctypes.get_errno()
        path.unlink()
        raise KernelError(f"create netns {path.name}", number)


def _prepare_folder() -> None:
    """Make /run/netns a shared mount, so that names appear in every mount namespace; locked as `ip netns` locks it."""
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    folder = os.fsencode(FOLDER)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _libc.mount(b"", folder, b"none", _MS_SHARED | _MS_REC, None):
            _must(_libc.mount(folder, folder, b"none", _MS_BIND | _MS_REC, None), f"mount {FOLDER} on itself")
            _must(_libc.mount(b"", folder, b"none", _MS_SHARED | _MS_REC, None), f"share the mount {FOLDER}")
    finally:
        os.close(lock)


def _setns(fd: int) -> None:
    _must(_libc.setns(fd, _CLONE_NEWNET), "enter a network namespace")


def _must(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        if number == errno.EPERM:
            raise CannotError(f"may not {what}: root of a container or of a user namespace has no say over this one")
        raise KernelError(what, number)


def _is_netns(fd: int) -> bool:
    with suppress(OSError):
        return fcntl.ioctl(fd, _NS_GET_NSTYPE) == _CLONE_NEWNET
    return False


def _check_name(name: str) -> None:
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        raise UsageError(f'"{name}" cannot be the name of a network namespace')
