# A port without IPv6, a device that is routed on purpose, and one that is down.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add br0 type bridge
ip link add vx0 type vxlan id 9 dstport 4789 local 203.0.113.1 dev eth0
ip link set vx0 master br0
sysctl -qw net/ipv6/conf/vx0/disable_ipv6=1
ip link set vx0 up
ip link add vx1 type vxlan id 10 dstport 4789 local 203.0.113.1 dev eth0
ip addr add 10.0.0.1/24 dev vx1
ip link set vx1 up
ip link add vx2 type vxlan id 11 dstport 4789 local 203.0.113.1 dev eth0
