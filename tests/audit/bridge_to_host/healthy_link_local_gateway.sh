# Its one address is a link-local one that the kernel has not made.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip addr add fe80::1/64 dev br0 nodad
ip link set br0 up
