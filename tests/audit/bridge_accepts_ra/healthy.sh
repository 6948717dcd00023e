# A router; one that does not accept; one without IPv6; one without ports.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link add vb type veth peer name eth1 netns $OTHER
ip link set va master br0 up
ip link set vb master br0 up
ip -n $OTHER link set eth0 up
ip -n $OTHER link set eth1 up
ip link add br1 type bridge
ip link add br2 type bridge
ip link add br3 type bridge
ip link add vc type veth peer name vd
ip link set vc master br2 up
ip link set vb master br1
ip link set br1 up
ip link set br2 up
ip link set br3 up
sysctl -qw net/ipv6/conf/br0/forwarding=1
sysctl -qw net/ipv6/conf/br1/accept_ra=0
sysctl -qw net/ipv6/conf/br2/disable_ipv6=1
