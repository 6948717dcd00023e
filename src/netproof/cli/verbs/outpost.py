"""`netproof outpost`: the part of `prove --ssh` that stands on each host. It speaks to that, and not to people."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse

    from netproof.cli.terminal import Terminal
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.site.model import Site


def _arguments(_parser: argparse.ArgumentParser) -> None:
    """Take none: all is said on standard input."""


def _run(_args: argparse.Namespace, _terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.errors import NetproofError
    from netproof.proof.dispatch import failure, say

    with held() as signals, signals.at_once():
        greeting = _greeting()
        try:
            _serve(*_of_our_kind(*greeting))
        except BrokenPipeError:  # whoever we work for is gone
            return 0
        except NetproofError as error:
            say(1, failure(error))
            return error.exit_code
    return 0


def _greeting() -> list[Any]:
    """Return who is asking: its version and protocol, which host we are, the site and the name of its file."""
    from netproof.errors import UsageError
    from netproof.proof.dispatch import Inbox

    inbox = Inbox()
    try:
        while not os.isatty(0) and (chunk := os.read(0, 1 << 20)):
            for what, *said in inbox.feed(chunk):
                if what == "greet":
                    return list(said)
    except ValueError:
        pass
    raise UsageError("this verb is for `netproof prove --ssh`, which starts it and speaks to it")


def _of_our_kind(version: object = None, protocol: object = None, *rest: Any) -> tuple[Any, ...]:
    """Return the `rest` of a greeting. Raises CannotError unless whoever is asking is what we are.

    Another version may take a site for another network, and by another protocol it would not even know.
    """
    from netproof import __version__
    from netproof.errors import CannotError, printable
    from netproof.proof.dispatch import PROTOCOL

    if (version, protocol) != (__version__, PROTOCOL):
        there, here = f"{__version__} (protocol {PROTOCOL})", printable(f"{version} (protocol {protocol})")
        raise CannotError(f"netproof is {there} there and {here} here: a proof needs the same on both")
    return rest


def _serve(host: str, text: str, file: str) -> None:
    from netproof.cli.vantages import live_vantages
    from netproof.kernel.netns import returning
    from netproof.proof.dispatch import say
    from netproof.proof.outpost import Outpost
    from netproof.proof.realm import Realm
    from netproof.proof.scene import Scene
    from netproof.site.furnished import furnished
    from netproof.site.remembered import parse_remembered

    site = parse_remembered(bytes.fromhex(text), file)
    with live_vantages(site, host, None) as (vantages, cut_off), returning():
        _require_applied(site, host, file)
        _require_host(site, host, vantages[host])
        realm = Realm("host", Scene(furnished(site), vantages, live=True))
        realm.await_addresses()
        try:
            realm.open()
            outpost = Outpost(realm, 0, 1)
            say(1, {"done": outpost.greeting(cut_off, _machine())})
            outpost.serve()
        finally:
            realm.close()


def _machine() -> str:
    """Return what no other machine is called, nor another network namespace of this one."""
    from netproof.kernel.linux import LinuxKernel

    with LinuxKernel(None) as kernel:
        return kernel.identity


def _require_host(site: Site, host: str, vantage: NamespaceVantage) -> None:
    """Raise UsageError where this is not the host that is meant: its silence would be taken for that of the other."""
    from netproof.errors import UsageError

    for nic in site.hosts[host].nics:
        borne = vantage.addresses(nic.name) if nic.name in vantage.links() else ()
        for address in (str(a.ip) for a in nic.addresses):
            if address not in borne:
                why = f"this is not {host}, or the site is not applied to it"
                raise UsageError(f"{nic.name} there does not bear {address}: {why}")


def _require_applied(site: Site, host: str, file: str) -> None:
    """Raise UsageError if another site than this is applied here; what netproof did not apply, it cannot compare."""
    from netproof.apply.files import read_whole
    from netproof.apply.store import CONFIRMED
    from netproof.cli.live import place_of
    from netproof.errors import InputError, UsageError
    from netproof.lab.folder import digest
    from netproof.site.remembered import parse_remembered

    path = place_of(site.name, host, None).folder / CONFIRMED
    applied = read_whole(path)
    if applied is None:
        return
    try:
        is_same = digest(parse_remembered(applied, str(path))) == digest(site)
    except InputError:  # it was written by another version
        is_same = False
    if not is_same:
        raise UsageError(f"what is applied there is not what {file} says: see {path} there, and apply one of the two")


VERB = Verb(
    "outpost",
    "what `prove --ssh` starts on each host",
    "The part of `netproof prove --ssh` that stands on each host: it sends what it is told to and tells what is heard.",
    _arguments,
    _run,
)
