# The earlier rule takes only some: it is limited, or its mark, its set or its dice have changed meanwhile.
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c tcp dport 22 limit rate 3/second accept
add rule inet t c tcp dport 22 drop
add rule inet t c meta mark 7 accept
add rule inet t c tcp dport 99 meta mark set 7
add rule inet t c meta mark 7 drop
add rule inet t c numgen random mod 2 0 accept
add rule inet t c numgen random mod 2 0 drop
END
nft 'add set inet t seen { type ipv4_addr; flags dynamic; }'
nft 'add rule inet t c ip saddr @seen accept; add rule inet t c udp dport 9 add @seen { ip saddr }; add rule inet t c ip saddr @seen drop'
