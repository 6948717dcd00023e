# All rules are for what is routed, and say so by their links.
ip link set br0 address 02:00:00:00:00:99 up
sysctl -qw net/bridge/bridge-nf-call-iptables=1 net/bridge/bridge-nf-call-ip6tables=1
nft -f - <<END
table inet engine {
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "br0" oifname != "br0" drop
    iifname "br0" oifname "br0" ether daddr 02:00:00:00:00:99 drop
    iifname "eth0" jump from-outside
  }
  chain from-outside { drop; }
  chain nat {
    type nat hook postrouting priority 100;
    oifname "eth0" masquerade
  }
  chain marks {
    type filter hook prerouting priority -150;
    meta mark set 7
  }
}
END
