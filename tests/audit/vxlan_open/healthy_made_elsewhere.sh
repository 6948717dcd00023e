# Its socket is in the namespace in which it was made.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip netns exec $OTHER ip addr add 203.0.113.2/24 dev eth0
ip netns exec $OTHER ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.2 remote 203.0.113.3
ip netns exec $OTHER ip link set vx9 netns $HERE
ip link set vx9 up
