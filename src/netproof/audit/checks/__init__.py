"""One trap a file, each with its ``CHECK``."""
