# No rule asks conntrack.
ip addr add 192.0.2.1/24 dev br0
ip addr add 192.0.2.1/24 dev br1
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c tcp dport 22 accept
END
