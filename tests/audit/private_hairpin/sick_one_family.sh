# finds: br0
# The rule is for IPv4 only.
. $HOSTS/two_ports.sh
bridge link set dev va isolated on
bridge link set dev vb isolated on
ip addr add 192.0.2.1/24 dev br0
ip addr add 2001:db8::1/64 dev br0
sysctl -qw net/ipv4/ip_forward=1
sysctl -qw net/ipv6/conf/all/forwarding=1
nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; }; add rule ip t c iifname br0 oifname br0 drop'
