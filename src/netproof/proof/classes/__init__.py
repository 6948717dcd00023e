"""Probe classes: one file a class, whose `PROBE` says when it can exist, what it sends and where that would arrive."""
