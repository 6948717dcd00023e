# finds: vx0 vx1
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add br0 type bridge
ip link add vx0 type vxlan id 9 dstport 0 local 203.0.113.1 remote 203.0.113.2 dev eth0
ip link set vx0 master br0
ip link set vx0 up
ip link add vx1 type vxlan id 10 dstport 8472 group ff05::9 dev eth0 nolearning proxy
