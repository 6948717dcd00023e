"""What must hold in a site file beyond its shape: a tuple of functions that one reads top to bottom."""

from __future__ import annotations

from netproof.declared.document import Document
from netproof.errors import Problem
from netproof.site.checks import (
    addresses,
    endpoints,
    fabric,
    gateways,
    isolated,
    layer2,
    names,
    ownnames,
    policy,
    routes,
    rules,
    services,
    unsupported,
)
from netproof.site.checks.sheet import sheet_of

CHECKS = (
    names.unique,
    names.references,
    addresses.within_subnets,
    addresses.apart,
    addresses.used_once,
    addresses.once_a_node,
    addresses.packets_fit,
    layer2.uplinks,
    layer2.access_ports,
    layer2.loops,
    layer2.one_segment,
    layer2.macs,
    layer2.isolation,
    layer2.annexes,
    routes.gateways,
    routes.routes,
    rules.rules,
    isolated.nics,
    isolated.tables,
    endpoints.attachments,
    endpoints.guarded,
    ownnames.links,
    ownnames.namespaces,
    fabric.vnis,
    fabric.vteps,
    fabric.groups,
    fabric.reflectors,
    gateways.gateways,
    policy.lines,
    services.services,
    unsupported.unsupported,
)


def problems(document: Document) -> list[Problem]:
    """Return all that is wrong with `document`, its mistakes of shape first."""
    sheet = sheet_of(document)
    return [*document.problems, *(problem for check in CHECKS for problem in check(sheet))]
