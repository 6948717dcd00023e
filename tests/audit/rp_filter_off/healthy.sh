ip route add 10.0.0.0/8 via 198.51.100.2
sysctl -qw net/ipv4/conf/all/rp_filter=1
