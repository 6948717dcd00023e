# What all hosts of this trap have in common.
. $HOSTS/two_ports.sh
