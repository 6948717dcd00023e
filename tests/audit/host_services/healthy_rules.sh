# Rules keep it from guests.
listen 0.0.0.0 22 tcp
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c ct state established accept
add rule inet t c iifname br0 tcp dport 22 drop
END
