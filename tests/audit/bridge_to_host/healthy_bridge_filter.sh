. $HOSTS/two_guests.sh
ip addr add 192.0.2.1/32 dev lo
nft -f - <<END
table bridge mine {
  set ports { type ifname; elements = { "port0", "port1" }; }
  chain host { type filter hook input priority 0; iifname @ports jump mine; }
  chain mine { counter drop; }
}
END
