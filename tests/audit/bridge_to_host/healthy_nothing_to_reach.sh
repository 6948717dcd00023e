# No other address, no IPv6: nobody is there.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
sysctl -qw net/ipv6/conf/br0/disable_ipv6=1
ip link set br0 up
