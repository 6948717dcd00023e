# Only a gateway behind the tunnel comes through it.
bridge link set dev va isolated on
nft 'add table bridge t; add chain bridge t c { type filter hook forward priority 0; }'
nft 'add rule bridge t c iifname vx0 ether saddr != 02:00:00:00:00:01 drop'
