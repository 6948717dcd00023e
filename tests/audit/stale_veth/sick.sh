# finds: va vb
. $HOSTS/two_ports.sh
