# Somebody lives at the other end.
. $HOSTS/two_ports.sh
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
