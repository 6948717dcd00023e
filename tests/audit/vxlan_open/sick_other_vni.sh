# finds: ipv4-udp-4789
ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 remote 203.0.113.2 dev eth0
ip link set vx9 up
nft -f - <<END
table inet mine {
  chain in {
    type filter hook input priority 0;
    udp dport 4789 @th,96,24 10 ip saddr { 203.0.113.2 } ip daddr 203.0.113.1 accept
    udp dport 4789 @th,96,24 10 drop
  }
}
END
