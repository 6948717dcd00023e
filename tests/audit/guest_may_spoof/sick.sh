# finds: va vb
. $HOSTS/two_ports.sh
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
ip -n $OTHER addr add 192.0.2.2/24 dev eth0
ip -n $OTHER addr add 2001:db8::2/64 dev eth0
