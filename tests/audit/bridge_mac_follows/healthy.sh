# One bridge has a MAC that was set, the host does not use the other.
ip link add br0 address 02:00:00:00:00:01 type bridge
ip link set br0 up
ip addr add 192.0.2.1/24 dev br0
ip link add br1 type bridge
ip link set br1 up
