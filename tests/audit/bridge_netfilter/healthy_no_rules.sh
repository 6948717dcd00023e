# It is on, but there is nothing to pass: rules for what the host takes itself are none.
ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=1
nft add table inet mine
nft 'add chain inet mine in { type filter hook input priority 0; policy drop; }'
nft 'add chain inet mine forward { type filter hook forward priority 0; policy accept; }'
