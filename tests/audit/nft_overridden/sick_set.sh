# finds: inet/mine/c/1
# Its set is not known to the other table.
nft 'add table inet mine; add set inet mine ports { type inet_service; elements = { 80 }; }'
nft -f - <<'END'
add table inet mine
add chain inet mine c { type filter hook input priority -5; policy accept; }
add rule inet mine c tcp dport @ports accept
END
nft -f - <<'END'
add table inet theirs
add chain inet theirs c { type filter hook input priority 0; policy drop; }
add rule inet theirs c ct state established accept
END
