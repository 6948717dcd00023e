# finds: port0-02:00:00:00:00:01
bridge fdb add 02:00:00:00:00:01 dev port0 master
