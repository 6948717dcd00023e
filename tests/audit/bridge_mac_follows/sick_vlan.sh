# finds: br0
# The address is on a link made upon the bridge.
. $HOSTS/two_ports.sh
ip link add mv0 link br0 type macvlan mode bridge
ip addr add 192.0.2.1/24 dev mv0
