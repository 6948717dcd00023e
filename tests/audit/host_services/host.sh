# What all hosts of this trap have in common.
listen() {
	/usr/bin/python3 - "$@" >/dev/null 2>&1 <<'END'
import os, socket, sys, time
address, port, kind = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.bind((address, int(port)))
if kind == "tcp":
    sock.listen()
if os.fork():
    os._exit(0)
time.sleep(20)
END
}
ip link add br0 type bridge
ip link set br0 up
ip addr add 192.0.2.1/24 dev br0
ip addr add 2001:db8::1/64 dev br0 nodad
ip link add va type veth peer name eth0 netns $OTHER
ip link set va master br0 up
ip -n $OTHER link set eth0 up
