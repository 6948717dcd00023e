# finds: inet/t/c/2 inet/t/c/3
# Ports and protocols.
nft 'add table inet t; add chain inet t d'
nft -f - <<'END'
add table inet t
add chain inet t c { type filter hook input priority 0; policy accept; }
add rule inet t c meta l4proto { tcp, sctp } drop
add rule inet t c tcp dport 8000-8010 accept
add rule inet t c tcp dport 22 jump d
END
