# Rules hold both ports.
ip link add br0 type bridge
ip link set br0 up
ip link add va type veth peer name eth0 netns $OTHER
ip link add vb type veth peer name eth1 netns $OTHER
ip link set va master br0 up
ip link set vb master br0 up
ip -n $OTHER link set eth0 up
ip -n $OTHER link set eth1 up
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
nft 'add table bridge t; add chain bridge t c { type filter hook prerouting priority 0; }; add chain bridge t held'
nft 'add rule bridge t held ether saddr != 02:00:00:00:00:0a drop; add rule bridge t c iifname vmap { va: jump held, vb: jump held }'
