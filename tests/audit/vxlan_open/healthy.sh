ip link add eth0 type veth peer name eth0 netns $OTHER
ip addr add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip link add vx9 type vxlan id 9 dstport 4789 local 203.0.113.1 remote 203.0.113.2 dev eth0
ip link set vx9 up
nft -f - <<END
table inet mine {
  set vteps { type ipv4_addr; elements = { 203.0.113.2, 203.0.113.3 }; }
  chain in {
    type filter hook input priority 0;
    tcp dport 22 accept
    udp dport vmap { 53 : accept, 4789 : goto tunnels }
  }
  chain tunnels { ip saddr @vteps accept; counter drop; }
}
END
