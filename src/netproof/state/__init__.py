"""Kernel objects and `HostState`: the waist through which everything passes."""
