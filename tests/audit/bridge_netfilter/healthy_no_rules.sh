# It is on, but there is nothing to pass: rules for what the host takes itself are none.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
ip link set br0 up
sysctl -qw net/bridge/bridge-nf-call-iptables=1
nft add table inet mine
nft 'add chain inet mine in { type filter hook input priority 0; policy drop; }'
nft 'add chain inet mine forward { type filter hook forward priority 0; policy accept; }'
