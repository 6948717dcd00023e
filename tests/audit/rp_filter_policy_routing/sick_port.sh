# finds: eth1
# A setting that makes the question bear the mark is no help to a rule that selects by port.
ip route add 192.0.2.0/24 via 198.51.100.2 table 100
ip rule add ipproto tcp dport 25 lookup 100
sysctl -qw net/ipv4/conf/all/rp_filter=1 net/ipv4/conf/all/src_valid_mark=1
