# One link answers for nobody else; the other does not answer at all.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip link add eth1 type veth peer name eth1 netns $OTHER
ip addr add 192.0.2.1/24 dev eth0
ip addr add 198.51.100.1/24 dev eth1
sysctl -qw net/ipv4/conf/eth0/arp_ignore=1
ip link set eth0 up
ip link set eth1 up arp off
