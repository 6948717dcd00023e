# It has an address: it is meant to be one of the segment.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip addr add 192.0.2.1/24 dev br0
ip link set br0 up
