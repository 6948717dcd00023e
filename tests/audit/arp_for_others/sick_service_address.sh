# finds: eth0
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 192.0.2.1/24 dev eth0
ip addr add 192.0.2.80/32 dev lo
ip link set eth0 up
