# The later chain drops only some of it, or another family, and what it does not understand it may accept.
nft -f - <<'END'
add table ip mine
add chain ip mine c { type filter hook input priority -5; policy accept; }
add rule ip mine c ip protocol tcp accept
add rule ip mine c udp dport 53 accept
END
nft -f - <<'END'
add table inet theirs
add chain inet theirs c { type filter hook input priority 0; policy accept; }
add rule inet theirs c ip saddr 192.0.2.7 drop
add rule inet theirs c meta nfproto ipv6 drop
add rule inet theirs c ct state invalid drop
add rule inet theirs c udp dport 53 limit rate 3/second accept
add rule inet theirs c udp dport 53 drop
END
