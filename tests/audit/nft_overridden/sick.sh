# finds: inet/mine/c/2
nft -f - <<'END'
add table inet mine
add chain inet mine c { type filter hook input priority -5; policy accept; }
add rule inet mine c ct state established,related accept
add rule inet mine c tcp dport 8080 accept
END
nft -f - <<'END'
add table inet theirs
add chain inet theirs c { type filter hook input priority 0; policy drop; }
add rule inet theirs c ct state vmap { established : accept, related : accept, invalid : drop }
add rule inet theirs c iifname lo accept
add rule inet theirs c tcp dport 22 accept
END
