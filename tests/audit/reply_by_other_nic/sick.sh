# finds: eth1-198.51.100.1 eth1-2001:db8:1::1
ip addr add 2001:db8::1/64 dev eth0 nodad
ip addr add 2001:db8:1::1/64 dev eth1 nodad
ip route add default via 2001:db8::2
ip route add 10.0.0.0/8 via 198.51.100.2
