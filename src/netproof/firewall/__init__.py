"""Policy as nftables rules: who may start what towards whom, inside a segment and between segments."""
