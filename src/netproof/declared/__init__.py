"""The site file as it is written: syntax, shape and places; no meaning yet."""
