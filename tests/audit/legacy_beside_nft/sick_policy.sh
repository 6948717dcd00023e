# finds: iptables-filter
# mends with: iptables-legacy iptables-nft
# There is no rule, but a policy.
python3 "$(dirname "$0")/rule.py" policy
nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; policy drop; }'
