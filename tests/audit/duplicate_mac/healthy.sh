# The same MAC is on two bridges, and everybody on one has another.
ip link add br1 type bridge
ip link set vb master br1
ip -n $OTHER link set eth0 address 02:00:00:00:00:0a
ip -n $OTHER link set eth1 address 02:00:00:00:00:0a
