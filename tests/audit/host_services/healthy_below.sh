# The bridge itself keeps it from guests.
listen 0.0.0.0 22 tcp
nft -f - <<'END'
add table bridge t
add chain bridge t c { type filter hook input priority 0; policy accept; }
add rule bridge t c iifname va ip protocol tcp drop
add rule bridge t c iifname va ip6 nexthdr tcp drop
END
