# finds: br0/tcp/22
# All is dropped but what is accepted, from anybody.
listen 0.0.0.0 22 tcp
listen 0.0.0.0 80 tcp
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy drop; }
add rule inet t c iifname lo accept
add rule inet t c tcp dport 22 accept
END
