# finds: vx9 vx10
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip addr add 2001:db8::1/64 dev eth0 nodad
ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 remote 203.0.113.2
ip link add vx10 mtu 1431 type vxlan id 10 dstport 4789 local 2001:db8::1
ip link set vx9 up
