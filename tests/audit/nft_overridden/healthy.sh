# The later chain accepts the same, or some of it; the other one drops before, or is at another hook.
nft -f - <<'END'
add table inet mine
add chain inet mine c { type filter hook input priority -5; policy accept; }
add rule inet mine c ct state established,related accept
add rule inet mine c tcp dport { 80, 443 } accept
add rule inet mine c tcp dport 22 accept
END
nft -f - <<'END'
add table inet theirs
add chain inet theirs c { type filter hook input priority 0; policy drop; }
add rule inet theirs c ct state vmap { established : accept, related : accept, invalid : drop }
add rule inet theirs c tcp dport 80-443 accept
add rule inet theirs c ip saddr 192.0.2.0/24 tcp dport 22 accept
END
nft -f - <<'END'
add table inet before
add chain inet before c { type filter hook input priority -10; policy drop; }
add rule inet before c ct state established accept
END
nft -f - <<'END'
add table inet other
add chain inet other c { type filter hook forward priority 0; policy drop; }
add rule inet other c ct state established accept
END
