ip route add default via 198.51.100.2 table 100
ip rule add fwmark 1 lookup 100
sysctl -qw net/ipv4/conf/eth1/rp_filter=2
