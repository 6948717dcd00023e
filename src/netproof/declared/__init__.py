"""The site file as it is written: syntax, shape and places; no meaning yet."""

MAX_BYTES = 16 * 1024 * 1024
"""Bigger files are refused unread: 1,000 hosts with 10,000 endpoints take 1.3 MB."""
