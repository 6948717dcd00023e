# What a guest says of routers is dropped before the host hears it.
ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip link set br0 up
nft -f - <<END
table netdev mine {
  chain br0 {
    type filter hook ingress device "br0" priority 0;
    icmpv6 type { nd-router-advert, nd-redirect } drop
  }
}
END
