# finds: br0
# A router takes them only if told so twice.
. $HOSTS/two_ports.sh
sysctl -qw net/ipv6/conf/br0/accept_ra=2
sysctl -qw net/ipv6/conf/br0/forwarding=1
