# Nobody from elsewhere is answered at all.
ip rule add from 198.51.100.1 lookup main suppress_prefixlength 0 priority 10
ip rule add from 198.51.100.1 unreachable priority 11
