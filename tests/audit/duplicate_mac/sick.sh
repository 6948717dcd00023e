# finds: vb
ip -n $OTHER link set eth0 address 02:00:00:00:00:0a
ip -n $OTHER link set eth1 address 02:00:00:00:00:0a
