# finds: va vb
# What container engines give by default: CAP_NET_RAW without CAP_NET_ADMIN.
. $HOSTS/two_ports.sh
ip netns exec $OTHER setpriv --bounding-set=-net_admin sleep 20 >/dev/null 2>&1 &
sleep 0.2
