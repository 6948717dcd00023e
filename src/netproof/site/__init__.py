"""The site: what the site file means, and pure functions from site to site."""
