# No guest is on the bridge: behind its port is a switch.
ip -n $OTHER link add br0 type bridge
ip -n $OTHER link set br0 up
ip -n $OTHER link set eth0 master br0
listen 0.0.0.0 22 tcp
