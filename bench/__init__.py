"""Benchmarks: ratios against peers, measured in alternation on one machine. `python -m bench [NAME …]`."""
