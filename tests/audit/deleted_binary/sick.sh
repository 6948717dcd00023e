# finds: listener
folder=$(mktemp -d)
cp "$(readlink -f /usr/bin/python3)" $folder/listener
$folder/listener -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
rm -r $folder
