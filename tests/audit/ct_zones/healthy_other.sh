# Other addresses; and two NICs in one network, which is no trap of conntrack.
ip addr add 192.0.2.1/24 dev br0
ip addr add 198.51.100.1/24 dev br1
ip addr add 203.0.113.1/24 dev lo
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook forward priority 0; policy accept; }
add rule inet t c ct state established accept
END
