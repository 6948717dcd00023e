# Each has a zone of its own.
ip addr add 192.0.2.1/24 dev br0
ip addr add 192.0.2.1/24 dev br1
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook forward priority 0; policy accept; }
add rule inet t c ct state established accept
END
nft -f - <<'END'
add table inet z
add chain inet z c { type filter hook prerouting priority -300; policy accept; }
add rule inet z c ct zone set iifname map { br0 : 1, br1 : 2 }
END
