# finds: ipv4-udp-4789
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 dev eth0 nolearning
ip link add vx10 type vxlan id 10 dstport 4789 local 203.0.113.1 dev eth0 nolearning
ip link set vx9 up
ip link set vx10 up
bridge fdb append 00:00:00:00:00:00 dev vx9 dst 203.0.113.2
bridge fdb append 00:00:00:00:00:00 dev vx10 dst 203.0.113.3
