"""The proof: claims, probes, observations, verdicts. It knows the site, and nothing of how it is kept."""
