# What all hosts of this trap have in common.
. $HOSTS/two_ports.sh
ip link add vx0 type vxlan id 7 dstport 4789 local 192.0.2.1 nolearning
ip link set vx0 master br0 up
