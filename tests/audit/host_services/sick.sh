# finds: br0/tcp/22 br0/udp/123 br0/tcp/8080
# On all addresses, on one of another link, and in IPv6.
ip link add d0 type bridge
ip addr add 198.51.100.1/24 dev d0
listen 0.0.0.0 22 tcp
listen 198.51.100.1 123 udp
listen :: 8080 tcp
