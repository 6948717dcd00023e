# finds: br0
# All is dropped, of IPv6.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link add vb type veth peer name eth1 netns $OTHER
ip link set va master br0 up
ip link set vb master br0 up
ip -n $OTHER link set eth0 up
ip -n $OTHER link set eth1 up
bridge link set dev va isolated on
bridge link set dev vb isolated on
ip addr add 192.0.2.1/24 dev br0
ip addr add 2001:db8::1/64 dev br0
sysctl -qw net/ipv4/ip_forward=1
nft 'add table ip6 t; add chain ip6 t c { type filter hook forward priority 0; policy drop; }'
