"""What deleting an address switches for a moment: journalled before, so that no crash leaves it switched.

An IPv4 address goes without the others of its subnet only while the link's promote_secondaries is on
(`kernel.address.promoting`). Whose link it is does not matter: a foreign NIC's setting is not ours to leave behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from netproof.apply.journal import Journal
from netproof.change.kernel import Kernel, Scope
from netproof.change.step import Delete, Step
from netproof.state.layer3 import Address, Sysctl
from netproof.state.object import HOME

_NAME = "promote_secondaries"


def covering(kernel: Kernel, site: str, journal: Journal, steps: Iterable[Step]) -> Journal:
    """Return the journal of what `steps` switch for a moment too. Raises KernelError."""
    gone = (s.thing for s in steps if isinstance(s, Delete))
    ifnames = {a.ifname for a in gone if isinstance(a, Address) and a.netns == HOME and ":" not in a.address}
    if not ifnames:
        return journal
    sysctls = frozenset((HOME, f"net/ipv4/conf/{ifname}/{_NAME}", ifname) for ifname in ifnames)
    read = kernel.read(Scope(site, sysctls=sysctls)).state.of(Sysctl)
    off = [s for s in read if s.value == "0" and s.key not in journal.touched]
    return replace(
        journal,
        before=journal.before.with_(*off),
        after=journal.after.with_(*(replace(s, value="1") for s in off)),
        touched=journal.touched | {s.key for s in off},
    )


def settled(journal: Journal) -> Journal:
    """Return the journal once all is done: what was switched for a moment is switched back, and others' again."""
    others = frozenset(key for key in journal.touched if key[0] == Sysctl.KIND and key[2].endswith(f"/{_NAME}"))
    return replace(
        journal,
        before=journal.before.without(*others),
        after=journal.after.without(*others),
        touched=journal.touched - others,
    )
