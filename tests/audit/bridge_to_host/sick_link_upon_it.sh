# finds: br0
# The host's address is on a link made upon the bridge, which goes on working.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip link set br0 up
ip link add upon0 link br0 type macvlan mode bridge
ip addr add 198.51.100.1/24 dev upon0
sysctl -qw net/ipv4/conf/upon0/arp_ignore=1
ip link set upon0 up
ip addr add 192.0.2.1/32 dev lo
