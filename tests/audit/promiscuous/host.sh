# What all hosts of this trap have in common.
. $HOSTS/two_guests.sh
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
