# Rules hold both ports.
. $HOSTS/two_ports.sh
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
nft 'add table bridge t; add chain bridge t c { type filter hook prerouting priority 0; }; add chain bridge t held'
nft 'add rule bridge t held ether saddr != 02:00:00:00:00:0a drop; add rule bridge t c iifname vmap { va: jump held, vb: jump held }'
