# Nobody else is on the bridge.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link set va master br0 up
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
