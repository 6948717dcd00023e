"""netproof: Linux virtual networks whose isolation is proved."""

__version__ = "0.1.0"
