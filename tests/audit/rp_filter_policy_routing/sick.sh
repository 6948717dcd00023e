# finds: eth1
ip link add eth0 type veth peer name eth0 netns $OTHER
ip link add eth1 type veth peer name eth1 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip addr add 198.51.100.1/24 dev eth1
ip link set eth0 up
ip link set eth1 up
ip netns exec $OTHER ip link set eth0 up
ip netns exec $OTHER ip link set eth1 up
ip route add default via 203.0.113.2
ip route add default via 198.51.100.2 table 100
ip rule add fwmark 1 lookup 100
sysctl -qw net/ipv4/conf/eth0/rp_filter=1 net/ipv4/conf/eth1/rp_filter=1
