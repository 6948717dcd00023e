# finds: listener
folder=$(mktemp -d)
cp "$(readlink -f /usr/bin/python3)" $folder/listener
python3 - $folder/listener <<'END'
# Set PF_X in PT_GNU_STACK of a 64-bit little-endian ELF file.
import struct, sys
with open(sys.argv[1], "r+b") as file:
    start = file.read(64)
    at, (size, count) = struct.unpack_from("<Q", start, 32)[0], struct.unpack_from("<HH", start, 54)
    for place in range(at, at + size * count, size):
        file.seek(place)
        if struct.unpack("<I", file.read(4))[0] == 0x6474E551:
            file.write(struct.pack("<I", 7))
END
$folder/listener -c 'import socket, os, time
s = socket.create_server(("", 8080))
os.fork() and os._exit(0)
time.sleep(20)' >/dev/null 2>&1
{ sleep 21; rm -r $folder; } >/dev/null 2>&1 &
