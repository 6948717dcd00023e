# Ports are promiscuous without the flag.
