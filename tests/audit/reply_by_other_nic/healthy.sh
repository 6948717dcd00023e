ip route add default via 198.51.100.2 table 100
ip rule add from 198.51.100.1 lookup 100
