# Only the old tables have rules; nftables has a chain at a hook without any.
python3 "$(dirname "$0")/rule.py"
nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; add chain inet t d; add rule inet t d drop'
