# finds: vx0
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add vx0 type vxlan id 9 dstport 4789 local 203.0.113.1 remote 203.0.113.2 dev eth0
ip link set vx0 up
