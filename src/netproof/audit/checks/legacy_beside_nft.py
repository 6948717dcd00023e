"""Rules of iptables-legacy beside those of nftables.

Symptom: a port is open in the ruleset that one looks at, and yet closed; or a rule was deleted and still drops.
Cause: the kernel runs both, at the same hooks, and each tool shows only its own. A packet must pass both. Seen after
upgrades to distributions whose `iptables` is iptables-nft (Debian 10, 2019), with a script or container that brings
iptables-legacy along.
"""

from __future__ import annotations

from collections.abc import Iterator

from netproof.audit.check import Check, Finding
from netproof.audit.steps import place
from netproof.state.facts import Facts, NftChain

_FAMILIES = {"iptables": ("ip", "inet"), "ip6tables": ("ip6", "inet")}
_CHAINS = {
    "filter": "INPUT FORWARD OUTPUT",
    "nat": "PREROUTING INPUT OUTPUT POSTROUTING",
    "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING",
    "raw": "PREROUTING OUTPUT",
    "security": "INPUT FORWARD OUTPUT",
}


def _findings(facts: Facts) -> Iterator[Finding]:
    for tool, table in sorted(name.split() for name in facts.legacy):
        beside = [place(chain) for chain in facts.nft.chains if chain.family in _FAMILIES[tool] and _says(chain)]
        if beside:
            evidence = f"{tool}-legacy has rules or policies in {table}, and nftables has {', '.join(beside)}"
            yield Finding(f"{tool}-{table}", evidence, _translate(tool, table))


def _says(chain: NftChain) -> bool:
    return bool(chain.hook and (chain.rules or chain.policy == "drop"))


def _translate(tool: str, table: str) -> tuple[str, ...]:
    """Return the command that has nftables do what a table does, and empties the table only if that was done."""
    empty = "".join(f":{chain} ACCEPT\\n" for chain in _CHAINS[table].split())
    return (
        "sh",
        "-c",
        f"rules=$({tool}-legacy-save -t {table}) && "
        f"""printf '%s\\n' "$rules" | {tool}-nft-restore -n && """
        f"printf '*{table}\\n{empty}COMMIT\\n' | {tool}-legacy-restore",
    )


CHECK = Check(
    "legacy-beside-nft",
    "rules of iptables-legacy beside those of nftables",
    "Each tool shows half of what is dropped.",
    "xtables-legacy(8); xtables-nft(8)",
    _findings,
    needs=frozenset({"nft", "legacy"}),
)
