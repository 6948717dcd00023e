# Two uplinks to somebody else, and a default route by the first.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip link add eth1 type veth peer name eth1 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip addr add 198.51.100.1/24 dev eth1
ip link set eth0 up
ip link set eth1 up
ip netns exec $OTHER ip link set eth0 up
ip netns exec $OTHER ip link set eth1 up
ip route add default via 203.0.113.2
