# Somebody put a name on the port: it is meant to be there.
. $HOSTS/two_ports.sh
ip link set va alias netproof:site:web
ip link set vb alias netproof:site:db
