# What is meant for guests, what is for the host alone, and what another link hears.
listen 192.0.2.1 53 udp
listen 127.0.0.1 25 tcp
listen ::1 25 tcp
