# finds: 192.0.2.0/24
# Routed: two tenants with the same addresses.
ip addr add 192.0.2.1/24 dev br0
ip addr add 192.0.2.1/24 dev br1
ip addr add 198.51.100.1/24 dev br1
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook forward priority 0; policy accept; }
add rule inet t c ct state established accept
END
