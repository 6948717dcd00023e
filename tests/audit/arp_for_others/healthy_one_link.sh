# All addresses are on one link, besides loopback's own.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 192.0.2.1/24 dev eth0
ip addr add 198.51.100.1/24 dev eth0
ip link set eth0 up
