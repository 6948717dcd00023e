# A bridge with two ports, whose guests have yet to set up their links.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
ip link set br0 up
