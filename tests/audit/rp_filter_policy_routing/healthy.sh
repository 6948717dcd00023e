# By source, which the question bears; by mark, which it was told to bear; loose; and where the main table agrees.
ip route add default via 198.51.100.2 table 100
ip rule add from 198.51.100.1 lookup 100
sysctl -qw net/ipv4/conf/eth1/rp_filter=1
ip rule add fwmark 1 lookup 101
ip route add default via 203.0.113.2 table 101
sysctl -qw net/ipv4/conf/eth0/rp_filter=1
