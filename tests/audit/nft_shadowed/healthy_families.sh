# Rejecting one family says nothing of the other.
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c tcp dport 113 reject with icmp type port-unreachable
add rule inet t c tcp dport 113 accept
END
