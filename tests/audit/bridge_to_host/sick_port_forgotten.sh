# finds: br0
# One of two ports is dropped by name.
. $HOSTS/two_guests.sh
nft -f - <<END
table bridge mine {
  chain host { type filter hook input priority 0; iifname "port0" drop; }
}
END
