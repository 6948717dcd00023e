"""Ways to isolate a segment's bridge from its host: one file a method."""
