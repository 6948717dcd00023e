# finds: ip/t/c/2
# A general rule, and what was added behind it.
nft -f - <<'END'
add table ip t
add chain ip t c { type filter hook input priority 0; policy accept; }
add rule ip t c iifname "eth*" accept
add rule ip t c iifname eth0 udp dport { 53, 123 } reject
END
