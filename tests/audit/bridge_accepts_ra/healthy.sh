# A router; one that does not accept; one without IPv6; one without ports.
. $HOSTS/two_ports.sh
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
