# finds: br0 eth0
ip link set eth0 promisc on
ip link set br0 promisc on
