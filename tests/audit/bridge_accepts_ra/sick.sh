# finds: br0
. $HOSTS/two_ports.sh
sysctl -qw net/ipv6/conf/br0/accept_ra=1
sysctl -qw net/ipv6/conf/br0/forwarding=0
