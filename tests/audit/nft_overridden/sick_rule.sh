# finds: ip/mine/c/1
# What drops is a rule, in a chain that is jumped to; what accepts is of one family.
nft 'add table inet theirs; add chain inet theirs d; add rule inet theirs d counter reject'
nft -f - <<'END'
add table ip mine
add chain ip mine c { type filter hook input priority -5; policy accept; }
add rule ip mine c tcp dport { 80, 443 } accept
END
nft -f - <<'END'
add table inet theirs
add chain inet theirs c { type filter hook input priority 0; policy accept; }
add rule inet theirs c ct state established accept
add rule inet theirs c meta l4proto { tcp, udp } jump d
END
