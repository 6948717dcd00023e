# The old tables are there, but empty.
python3 -c '
import ctypes, socket
for family, level in (socket.AF_INET, 0), (socket.AF_INET6, 41):
    for table in b"filter", b"nat", b"mangle", b"raw":
        info = ctypes.create_string_buffer(table.ljust(84, b"\0"), 84)
        with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
            ctypes.CDLL(None).getsockopt(sock.fileno(), level, 64, info, ctypes.byref(ctypes.c_uint32(84)))
'
grep -q filter /proc/net/ip_tables_names
grep -q filter /proc/net/ip6_tables_names
nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 22 accept'
