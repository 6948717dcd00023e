# finds: iptables
ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=1 net/bridge/bridge-nf-call-ip6tables=1
nft add table ip engine
nft 'add chain ip engine nat { type nat hook postrouting priority 100; }'
nft add rule ip engine nat ip saddr 192.0.2.0/24 masquerade
