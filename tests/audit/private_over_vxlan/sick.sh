# finds: vx0
bridge link set dev va isolated on
