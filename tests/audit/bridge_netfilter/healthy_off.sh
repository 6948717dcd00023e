ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=0 net/bridge/bridge-nf-call-ip6tables=0
nft add table inet engine
nft 'add chain inet engine forward { type filter hook forward priority 0; policy drop; }'
