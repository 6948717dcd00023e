# What is at the other end needs no process: it forwards.
. $HOSTS/two_ports.sh
ip netns exec $OTHER sysctl -qw net/ipv4/ip_forward=1
