ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link set port0 master br0 up
ip link set br0 up
ip addr add 192.0.2.1/32 dev lo
nft -f - <<END
table netdev mine {
  chain br0 { type filter hook ingress device "br0" priority 0; policy drop; }
}
END
