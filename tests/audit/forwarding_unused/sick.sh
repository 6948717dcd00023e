# finds: ipv4 ipv6
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip addr add 2001:db8::1/64 dev eth0 nodad
ip route add default via 203.0.113.2
sysctl -qw net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1
