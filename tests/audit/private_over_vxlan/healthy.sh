# The tunnel is isolated as well.
bridge link set dev va isolated on
bridge link set dev vx0 isolated on
