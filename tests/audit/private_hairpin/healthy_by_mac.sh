# Only what is for the bridge's own MAC is routed back, and that is dropped.
ip link add br0 type bridge
ip link set br0 address 02:00:00:00:00:99
ip link add port0 type veth peer name guest0 netns $OTHER
ip link add port1 type veth peer name guest1 netns $OTHER
ip link set port0 master br0 up
ip link set port1 master br0 up
bridge link set dev port0 isolated on
bridge link set dev port1 isolated on
ip addr add 192.0.2.1/24 dev br0
ip link set br0 up
sysctl -qw net/ipv4/ip_forward=1
nft -f - <<END
table inet mine {
  chain forward {
    type filter hook forward priority 0;
    iifname "br0" oifname "br0" ether daddr 02:00:00:00:00:99 drop
  }
}
END
