"""NIC addresses, routes, routing rules and forwarding of a host."""
