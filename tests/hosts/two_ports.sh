# A bridge with two ports, to each of which somebody else is wired.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link add vb type veth peer name eth1 netns $OTHER
ip link set va master br0 up
ip link set vb master br0 up
ip -n $OTHER link set eth0 up
ip -n $OTHER link set eth1 up
