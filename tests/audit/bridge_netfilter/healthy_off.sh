ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=0 net/bridge/bridge-nf-call-ip6tables=0
nft add table inet engine
nft 'add chain inet engine forward { type filter hook forward priority 0; policy drop; }'
