# What is bridged does not pass the rules of IP.
ip link add va type veth peer name eth0 netns $OTHER
ip link add vb type veth peer name eth1 netns $OTHER
ip link set va master br0 up
ip link set vb master br1 up
ip -n $OTHER addr add 192.0.2.2/24 dev eth0
ip -n $OTHER addr add 192.0.2.3/24 dev eth1
ip -n $OTHER link set eth0 up
ip -n $OTHER link set eth1 up
sysctl -qw net.bridge.bridge-nf-call-iptables=0
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook forward priority 0; policy accept; }
add rule inet t c ct state established accept
END
