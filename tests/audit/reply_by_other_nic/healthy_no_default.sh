ip route del default
