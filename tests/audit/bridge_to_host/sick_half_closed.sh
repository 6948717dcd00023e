# finds: br0
# ARP and IPv4 are closed, and what IPv6 drops has an exception.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip link set br0 up arp off
sysctl -qw net/ipv4/conf/br0/rp_filter=1
ip addr add 192.0.2.1/32 dev lo
nft -f - <<END
table netdev mine {
  chain br0 {
    type filter hook ingress device "br0" priority 0; policy drop;
    ip6 nexthdr icmpv6 accept
  }
}
END
