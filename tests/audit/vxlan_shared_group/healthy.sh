ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add vx9 type vxlan id 9 dstport 4789 group 239.1.1.1 dev eth0
ip link add vx10 type vxlan id 10 dstport 4789 group 239.1.1.2 dev eth0
ip link add vx11 type vxlan id 11 dstport 4789 local 203.0.113.1 dev eth0
ip link add vx12 type vxlan id 12 dstport 4789 local 203.0.113.1 dev eth0
