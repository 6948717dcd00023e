# finds: iptables
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=1 net/bridge/bridge-nf-call-ip6tables=1
nft add table ip engine
nft 'add chain ip engine nat { type nat hook postrouting priority 100; }'
nft add rule ip engine nat ip saddr 192.0.2.0/24 masquerade
