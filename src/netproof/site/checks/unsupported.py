"""What format 1 has and this version does not do yet."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.declared import endpoints, nodes, segments
from netproof.declared.document import Path
from netproof.errors import Problem
from netproof.site.checks.sheet import Sheet

SECTIONS = ("policy", "services", "registry", "bgp", "underlay")


def unsupported(sheet: Sheet) -> Iterator[Problem]:
    """Name, each at its place, the keys that this version cannot obey."""
    written = sheet.written
    paths: list[Path] = [(section,) for section in SECTIONS if getattr(written, section)]
    for host_name, host in written.hosts.items():
        paths += _of_host(host_name, host)
    for segment_name, segment in written.segments.items():
        paths += _of_segment(segment_name, segment)
    for name, endpoint in written.endpoints.items():
        paths += _of_endpoint(name, endpoint)
    for path in paths:
        yield sheet.document.problem(path, "not supported by this version", key=True)
    yield from _methods(sheet)


def _of_host(name: str, host: nodes.Host) -> Iterator[Path]:
    yield from (("hosts", name, key) for key in ("vtep", "firewall") if getattr(host, key))
    yield from (("hosts", name, "nics", nic, "isolated") for nic, shape in host.nics.items() if shape.isolated)


def _of_segment(name: str, segment: segments.Segment) -> Iterator[Path]:
    for key in ("vni", "overlay", "udp_port", "private", "gateway"):
        if getattr(segment, key):
            yield ("segments", name, key)
    for i, uplink in enumerate(segment.uplinks):
        if uplink.vid is not None:
            yield ("segments", name, "uplinks", i, "vid")


def _of_endpoint(name: str, endpoint: endpoints.Endpoint) -> Iterator[Path]:
    path = ("endpoints", name)
    if endpoint.attach not in endpoints.supported_attachments():
        yield (*path, "attach")
    yield from ((*path, key) for key in ("nic", "mode", "container") if getattr(endpoint, key) is not None)
    if endpoint.guard is not None:
        yield from ((*path, "guard", item) for item in ("ra", "dhcp") if getattr(endpoint.guard, item))
    if "dhcp" in endpoint.addresses:
        yield (*path, "addresses", endpoint.addresses.index("dhcp"))


def _methods(sheet: Sheet) -> Iterator[Problem]:
    supported = ("auto", "none", *segments.supported_methods())
    for name, segment in sheet.written.segments.items():
        for i, method in enumerate(segment.isolation):
            if method not in supported:
                message = f'"{method}" is not supported by this version'
                yield sheet.document.problem(("segments", name, "isolation", i), message)
