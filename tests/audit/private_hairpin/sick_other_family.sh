# finds: br0
# All is dropped, of IPv6.
. $HOSTS/two_ports.sh
bridge link set dev va isolated on
bridge link set dev vb isolated on
ip addr add 192.0.2.1/24 dev br0
ip addr add 2001:db8::1/64 dev br0
sysctl -qw net/ipv4/ip_forward=1
nft 'add table ip6 t; add chain ip6 t c { type filter hook forward priority 0; policy drop; }'
