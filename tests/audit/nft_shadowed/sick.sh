# finds: inet/t/c/3
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c ct state established,related accept
add rule inet t c ip saddr 192.0.2.0/24 accept
add rule inet t c ip saddr 192.0.2.7 tcp dport 22 counter drop
END
