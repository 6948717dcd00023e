# finds: br0
. $HOSTS/two_ports.sh
ip addr add 192.0.2.1/24 dev br0
