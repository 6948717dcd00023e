# What all hosts of this trap have in common.
ip link add br0 type bridge
ip link add br1 type bridge
ip link set br0 up
ip link set br1 up
