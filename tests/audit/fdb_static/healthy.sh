# One is sticky, the other cannot be learned anywhere else.
bridge fdb add 02:00:00:00:00:01 dev port0 master static sticky
bridge fdb add 02:00:00:00:00:02 dev port1 master static
bridge link set dev port0 learning off
