# The bridge holds both ports to the MACs that were written down.
. $HOSTS/two_ports.sh
ip netns exec $OTHER sleep 20 >/dev/null 2>&1 &
sleep 0.1
bridge link set dev va locked on
bridge link set dev vb locked on
