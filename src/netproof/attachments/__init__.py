"""Ways to attach an endpoint to a segment, and what guards its port: one file each."""
