ip addr add 198.51.100.10/32 dev lo
ip addr add 2001:db8::10/128 dev lo
