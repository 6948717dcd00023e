# What is accepted is IPv4; the later chain is of IPv6.
nft -f - <<'END'
add table ip mine
add chain ip mine c { type filter hook input priority -5; }
add rule ip mine c tcp dport 80 accept
add table ip6 theirs
add chain ip6 theirs c { type filter hook input priority 0; policy drop; }
END
