"""`netproof outpost`: the part of `prove --ssh` that stands on each host. It speaks to that, and not to people."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netproof.cli.verb import Verb

if TYPE_CHECKING:
    import argparse

    from netproof.cli.shadows import Standing
    from netproof.cli.terminal import Terminal
    from netproof.kernel.vantage import NamespaceVantage
    from netproof.proof.dispatch import Inbox
    from netproof.site.model import Site


def _arguments(_parser: argparse.ArgumentParser) -> None:
    """Take none: all is said on standard input."""


def _run(_args: argparse.Namespace, _terminal: Terminal) -> int:
    from netproof.apply.signals import held
    from netproof.errors import NetproofError, UsageError
    from netproof.proof.dispatch import Inbox, failure, say

    with held() as signals, signals.at_once():
        inbox = Inbox()
        try:
            greeting = _word(inbox, "greet")
        except ValueError:
            greeting = None
        if greeting is None:
            raise UsageError("this verb is for `netproof prove --ssh`, which starts it and speaks to it")
        try:
            _serve(inbox, *_of_our_kind(*greeting))
        except BrokenPipeError:  # whoever we work for is gone
            return 0
        except NetproofError as error:
            say(1, failure(error))
            return error.exit_code
    return 0


def _word(inbox: Inbox, what: str) -> list[Any] | None:
    """Return what is said next on standard input of that kind; None once nothing more comes. Raises ValueError."""
    while not os.isatty(0) and (chunk := os.read(0, 1 << 20)):
        for word, *said in inbox.feed(chunk):
            if word == what:
                return list(said)
    return None


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


def _serve(inbox: Inbox, host: str, text: str, file: str) -> None:
    from netproof.cli.farshadows import standing_in, to_be_shadowed
    from netproof.cli.shadows import recovered_first
    from netproof.cli.vantages import live_vantages, require_host
    from netproof.kernel.netns import returning
    from netproof.proof.dispatch import say
    from netproof.site.remembered import parse_remembered

    site = parse_remembered(bytes.fromhex(text), file)
    require_host(site, host)
    is_applied = _require_applied(site, host, file)
    recovered = recovered_first(site, host, None) if is_applied else ""
    with live_vantages(site, host, None) as (vantages, cut_off), returning():
        _require_host(site, host, vantages[host])
        shadowed = to_be_shadowed(site, cut_off) if is_applied else []
        say(1, {"done": {"machine": _machine(), "shadowed": shadowed}})
        wished = _word(inbox, "stand")
        if wished is None:  # whoever we work for is gone
            return
        names = wished[0] if is_applied else []  # else nothing is made of what anybody may have sent
        with standing_in(site, host, names, (vantages, cut_off), shadowed) as at:
            _stand(replace(at, told=(*([recovered] if recovered else ()), *at.told)))


def _stand(at: Standing) -> None:
    """Serve whoever asks, from where we stand."""
    from netproof.proof.dispatch import say
    from netproof.proof.outpost import Outpost
    from netproof.proof.realm import Realm
    from netproof.proof.scene import Scene

    realm = Realm("host", Scene(at.site, at.vantages, live=True))
    realm.await_addresses()
    try:
        realm.open()
        outpost = Outpost(realm, 0, 1)
        say(1, {"done": outpost.greeting(at.left, at.stood_for, at.told)})
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


def _require_applied(site: Site, host: str, file: str) -> bool:
    """Raise UsageError if another site than this is applied here; what netproof did not apply, it cannot compare.

    Return whether it is this one: then it is root's own, whoever may have sent it now.
    """
    from netproof.apply.files import read_whole
    from netproof.apply.store import CONFIRMED
    from netproof.cli.live import place_of
    from netproof.errors import InputError, UsageError
    from netproof.lab.folder import digest
    from netproof.site.remembered import parse_remembered

    path = place_of(site.name, host, None).folder / CONFIRMED
    applied = read_whole(path)
    if applied is None:
        return False
    try:
        is_same = digest(parse_remembered(applied, str(path))) == digest(site)
    except InputError:  # it was written by another version
        is_same = False
    if not is_same:
        raise UsageError(f"what is applied there is not what {file} says: see {path} there, and apply one of the two")
    return True


VERB = Verb(
    "outpost",
    "what `prove --ssh` starts on each host",
    "The part of `netproof prove --ssh` that stands on each host: it sends what it is told to and tells what is heard.",
    _arguments,
    _run,
)
