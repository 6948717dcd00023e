# finds: iptables-filter
# mends with: iptables-legacy iptables-nft
python3 "$(dirname "$0")/rule.py"
nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 22 accept'
