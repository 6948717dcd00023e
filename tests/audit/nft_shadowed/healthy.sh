# The narrower rule is first; the others say the same, or are about more, or about something else.
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c ip saddr 192.0.2.7 drop
add rule inet t c ip saddr 192.0.2.0/24 accept
add rule inet t c ip saddr 192.0.2.9 accept
add rule inet t c ip saddr 192.0.0.0/16 drop
add rule inet t c ip6 saddr 2001:db8::7 drop
add rule inet t c tcp dport { 22, 80 } accept
add rule inet t c tcp dport { 80, 443 } drop
END
