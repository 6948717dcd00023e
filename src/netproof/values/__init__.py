"""Plain values that every room shares: addresses, MACs, derived names, places in files."""
