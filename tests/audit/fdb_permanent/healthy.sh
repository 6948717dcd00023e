# The ports' own MACs, the bridge's, groups, and one that is static.
bridge fdb add 02:00:00:00:00:01 dev port0 master static sticky
ip link set br0 address 02:00:00:00:00:99
