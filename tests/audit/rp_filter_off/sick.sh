# finds: eth0 eth1
ip route add 10.0.0.0/8 via 198.51.100.2
