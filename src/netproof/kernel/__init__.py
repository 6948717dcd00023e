"""Everything that touches Linux: netlink, nftables, sysctl, namespaces; and a kernel in memory."""
