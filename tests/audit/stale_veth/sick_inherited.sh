# finds: va
# Forwarding is on in there, as a new namespace has it from its host, and there is nowhere to forward to.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link set va master br0 up
ip -n $OTHER link set eth0 up
ip netns exec $OTHER sysctl -qw net/ipv4/ip_forward=1
