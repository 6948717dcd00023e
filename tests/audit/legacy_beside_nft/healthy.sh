# The old tables are there, but empty; and nftables has no rules for them to stand beside in IPv6.
python3 -c '
import ctypes, socket
table = ctypes.create_string_buffer(b"filter".ljust(84, b"\0"), 84)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
    ctypes.CDLL(None).getsockopt(sock.fileno(), 0, 64, table, ctypes.byref(ctypes.c_uint32(84)))
'
nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 22 accept'
