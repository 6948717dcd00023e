ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 dev eth0
ip link add vx10 mtu 1430 type vxlan id 10 dstport 4789 local 2001:db8::1
