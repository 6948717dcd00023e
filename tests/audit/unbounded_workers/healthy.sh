# One is not root, and bounded by its user; the other takes no connections.
prlimit --nproc=4096 setpriv --reuid=65534 --clear-groups /usr/bin/python3 -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
/usr/bin/python3 -c 'import socket, os, time
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("", 8081))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
