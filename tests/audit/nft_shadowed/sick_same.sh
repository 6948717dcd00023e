# finds: inet/t/c/2
# The later of two that contradict each other.
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c tcp dport 23 drop
add rule inet t c tcp dport 23 accept
END
