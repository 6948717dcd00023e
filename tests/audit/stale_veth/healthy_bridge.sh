# What is at the other end needs no process: it bridges.
. $HOSTS/two_ports.sh
ip -n $OTHER link add br0 type bridge
ip -n $OTHER link set br0 up
