# finds: lo-198.51.100.10 lo-2001:db8::10
ip addr add 198.51.100.10/24 dev lo
ip addr add 2001:db8::10/64 dev lo
