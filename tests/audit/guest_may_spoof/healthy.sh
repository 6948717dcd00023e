# Neither capability is there.
. $HOSTS/two_ports.sh
ip netns exec $OTHER setpriv --bounding-set=-net_admin,-net_raw sleep 20 >/dev/null 2>&1 &
sleep 0.2
