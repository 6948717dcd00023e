ip link add br0 type bridge
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
ip link set br0 up
ip addr add 192.0.2.1/32 dev lo
nft -f - <<END
table bridge mine {
  set ports { type ifname; elements = { "port0", "port1" }; }
  chain host { type filter hook input priority 0; iifname @ports jump mine; }
  chain mine { counter drop; }
}
END
