# finds: br0/tcp/22 br0/tcp/53
# The rules are about another port, another link, strangers of conntrack; and a name server for all is not one for guests.
listen 0.0.0.0 22 tcp
listen 0.0.0.0 53 tcp
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c ct state invalid drop
add rule inet t c tcp dport 23 drop
add rule inet t c iifname eth0 drop
add rule inet t c udp dport 22 drop
END
