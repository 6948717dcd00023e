# It runs what is on disk; who runs what is deleted does not listen.
/usr/bin/python3 -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
folder=$(mktemp -d)
cp /bin/sleep $folder/sleeper
$folder/sleeper 20 >/dev/null 2>&1 &
sleep 0.1
rm -r $folder
