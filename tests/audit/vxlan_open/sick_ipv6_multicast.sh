# finds: ipv6-udp-4789
# What guards IPv4 guards IPv6 not, and who floods to a group knows no VTEP.
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip addr add 2001:db8::1/64 dev eth0 nodad
ip link add vx9 type vxlan id 9 dstport 4789 local 2001:db8::1 group ff05::9 dev eth0
ip link set vx9 up
nft -f - <<END
table inet mine {
  chain in { type filter hook input priority 0; udp dport 4789 ip saddr != 203.0.113.0/24 drop; }
}
END
