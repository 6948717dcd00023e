# finds: va
# A guest has the MAC of the bridge.
ip link set br0 address 02:00:00:00:00:0a
ip -n $OTHER link set eth0 address 02:00:00:00:00:0a
