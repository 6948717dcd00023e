#!/usr/bin/env bash
# The story in three commands: the site; the bridge as Linux makes it, proved open; the same site, closed and proved.
cd "$(dirname "$0")/.." || exit 1
netproof=.venv/bin/netproof
site=examples/bridge-isolation

bold='' dim='' plain=''
[ -t 1 ] && bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
say() { printf '\n%s\n' "$bold$*$plain"; }
run() { printf '%s\n' "$dim\$ netproof $*$plain"; "$netproof" "$@"; }

say "A hypervisor bridges its public NIC for two guests; its infrastructure NIC has an address of its own."
run check "$site/site.yaml" || exit

say "1. The bridge as Linux makes it (isolation: none). Who gets in? Every claim is tried with real packets."
run prove "$site/open.yaml" --lab
[ $? -eq 1 ] || { echo "expected broken claims (exit 1)" >&2; exit 1; }

say "2. The same site with isolation: auto."
run prove "$site/site.yaml" --lab || exit

say "Kept: the guests reach each other and their router, and nothing of the hypervisor."
