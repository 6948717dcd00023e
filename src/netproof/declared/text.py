"""What single values of the site file must look like; every reader raises ValueError with a sentence for its author."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from netproof.values.naming import ANNEX, NAME

MAX_NAME = 40
RESERVED = ("any", "all", "none", "host", "lab", "probe")
MIN_MTU, MIN_MTU_IPV6, MAX_MTU = 68, 1280, 65535

_NAME = re.compile(NAME).fullmatch
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}").fullmatch
_TRAFFIC = re.compile(r"all|icmp|(?:tcp|udp)/([0-9]{1,5})(?:-([0-9]{1,5}))?").fullmatch
_REGISTRY = re.compile(r"sqlite:.+|etcd://.+").fullmatch
_NETNS = re.compile(r"[^\s/\x00-\x1f\x7f]{1,255}").fullmatch


def got(value: object) -> str:
    """Show a value of the file as its author would recognise it."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else str(value)


def meant(word: object, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the nearest of `known`, else the known ones, if there are any but few."""
    known = list(known)
    return nearest(word, known) or (f"; expected {listed(known)}" if 0 < len(known) <= 20 else "")


def nearest(word: object, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the nearest of `known`, empty if none is near."""
    import difflib

    near = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def listed(words: Iterable[str]) -> str:
    """Join words as a sentence does: ``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def name(value: object) -> str:
    """Read the name of something declared."""
    if isinstance(value, str) and _NAME(value) and len(value) <= MAX_NAME and value not in RESERVED:
        return value
    if not isinstance(value, str):
        raise ValueError(f"{got(value)} is not a name; expected a word like web-1")
    if value in RESERVED:
        raise ValueError(f"{got(value)} is a word of netproof's own ({', '.join(RESERVED)}); choose another")
    if _NAME(value):
        raise ValueError(f"{got(value)} has {len(value)} characters; a name has at most {MAX_NAME}")
    tidy = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    hint = f'; did you mean "{tidy}"?' if _NAME(tidy) and len(tidy) <= MAX_NAME else ""
    raise ValueError(f'{got(value)} is not a name; names are small letters, digits and "-", a letter first{hint}')


def link_name(value: object) -> str:
    """Read the name of a NIC, or lo."""
    return "lo" if value == "lo" else nic_name(value)


def nic_name(value: object) -> str:
    """Read the name of a NIC: the kernel's rules (dev_valid_name), and nothing that nftables or `ip` would expand."""
    if not isinstance(value, str):
        raise ValueError(f"{got(value)} is not the name of a NIC; expected one like eth0")
    if not 1 <= len(value.encode()) <= 15:
        raise ValueError(f"{got(value)} has {len(value.encode())} bytes; the kernel's NIC names have 1 to 15")
    if value in (".", "..", "lo", "all", "default"):
        raise ValueError(f"{got(value)} cannot be declared as a NIC: the kernel uses this name itself")
    bad = next((c for c in value if not "!" <= c <= "~" or c in '/:"\\*%'), None)
    if bad is not None:
        raise ValueError(f"{got(value)} is not the name of a NIC: it contains {bad!r}")
    return value


def mac(value: object) -> str:
    """Read a unicast MAC; returned in small letters."""
    low = value.lower() if isinstance(value, str) else ""
    if not _MAC(low):
        dashed = low.replace("-", ":")
        hint = f'; did you mean "{dashed}"?' if _MAC(dashed) else "; expected one like 02:00:00:00:00:01"
        raise ValueError(f"{got(value)} is not a MAC{hint}")
    if int(low[1], 16) & 1:
        raise ValueError(f"{got(value)} is a group MAC; a machine's own has an even first octet")
    if low == "00:00:00:00:00:00":
        raise ValueError(f"{got(value)} is no machine's MAC")
    return low


_SWITCHES: dict[object, bool] = {"on": True, "off": False}


def switch(value: object) -> bool:
    """Read `on` or `off`; true and false mean the same."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _SWITCHES:
        return _SWITCHES[value]
    raise ValueError(f"got {got(value)}; expected on or off")  # yes and no are plain words in YAML 1.2


def traffic(value: object) -> str:
    """Read what a policy line or service is about: all, icmp, tcp/PORT, udp/PORT, or a range of ports."""
    match = _TRAFFIC(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{got(value)} is not a kind of traffic; expected all, icmp, tcp/22 or udp/5000-5010")
    ports = [int(p) for p in match.groups() if p is not None]
    if any(not 1 <= p <= 65535 for p in ports):
        raise ValueError(f"{got(value)} names a port that does not exist; ports are 1 to 65535")
    if len(ports) == 2 and ports[0] > ports[1]:
        raise ValueError(f'{got(value)} is an empty range; did you mean "{match[0][:3]}/{ports[1]}-{ports[0]}"?')
    return match[0]


def registry_url(value: object) -> str:
    """Read the URL of the overlay's registry."""
    if isinstance(value, str) and _REGISTRY(value):
        return value
    raise ValueError(f"{got(value)} is not a registry; expected sqlite:/a/file or etcd://address:2379")


def uplink(value: object) -> str:
    """Read HOST.NIC; a NIC's name may have dots of its own."""
    if isinstance(value, str) and all(value.partition(".")):
        return value
    raise ValueError(f"{got(value)} is not an uplink; expected HOST.NIC, like hv1.eth2")


def netns(value: object) -> str:
    """Read the name of a named network namespace (a file name)."""
    if not isinstance(value, str) or not _NETNS(value) or value in (".", ".."):
        raise ValueError(f"{got(value)} is not the name of a network namespace; expected one like blue")
    if value.startswith(("lab.", "twin.")):
        raise ValueError(f"{got(value)} looks like a lab's namespace; choose a name without lab. or twin. in front")
    if ANNEX in value:
        raise ValueError(f"{got(value)} looks like a host's own namespace; choose a name without {ANNEX}")
    return value


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a reader of whole numbers from `low` to `high`."""

    def read(value: object) -> int:
        if type(value) is not int:
            raise ValueError(f"got {got(value)}; expected a whole number from {low} to {high}")
        if not low <= value <= high:
            raise ValueError(f"{value} is out of range; expected {low} to {high}")
        return value

    return read


def word_of(*known: str) -> Callable[[object], str]:
    """Return a reader of one of the `known` words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in known:
            return value
        raise ValueError(f"got {got(value)}{meant(value, known)}")

    return read
