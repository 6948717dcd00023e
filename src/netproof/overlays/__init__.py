"""How a segment is stretched over VXLAN: one file a strategy; none of them knows the site."""
