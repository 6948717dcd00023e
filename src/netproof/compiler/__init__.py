"""From a site and a host of it to that host's desired state. Pure."""
