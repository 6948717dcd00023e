# finds: python3
# Not the program but a library of it has been replaced.
folder=$(mktemp -d)
cp "$(ldconfig -p | sed -n "s/.* => \(.*libz.so.1\)$/\1/p" | head -n1)" $folder/libz.so.1
LD_LIBRARY_PATH=$folder LD_PRELOAD=$folder/libz.so.1 /usr/bin/python3 -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
rm -r $folder
