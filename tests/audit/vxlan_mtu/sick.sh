# finds: vx9 vx10
ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 remote 203.0.113.2
ip link add vx10 mtu 1431 type vxlan id 10 dstport 4789 local 2001:db8::1
ip link set vx9 up
