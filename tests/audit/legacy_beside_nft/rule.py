"""Make a rule of iptables-legacy, `-A INPUT -p icmp -j DROP`, by hand (linux/netfilter_ipv4/ip_tables.h).

With an argument make `-P INPUT DROP` instead.
"""

import ctypes
import socket
import struct
import sys

SET_REPLACE = 64
DROP, ACCEPT = -1, -2
ENTRY, TARGET = 112, 40
RULE = ENTRY + TARGET


def rule(verdict: int, protocol: int = 0) -> bytes:
    """Return a rule that matches a protocol (0: any) and ends in a verdict."""
    addresses_and_links = bytes(80)
    entry = addresses_and_links + struct.pack("=HBBIHHI16x", protocol, 0, 0, 0, ENTRY, RULE, 0)
    return entry + struct.pack("=H29sBi4x", TARGET, b"", 0, verdict)


def last() -> bytes:
    """Return the entry that ends a table."""
    entry = bytes(80) + struct.pack("=HBBIHHI16x", 0, 0, 0, 0, ENTRY, ENTRY + 64, 0)
    return entry + struct.pack("=H29sB30s2x", 64, b"ERROR", 0, b"ERROR")


rules = [] if sys.argv[1:] else [rule(DROP, socket.IPPROTO_ICMP)]
entries = [*rules, rule(DROP if sys.argv[1:] else ACCEPT), rule(ACCEPT), rule(ACCEPT), last()]
blob = b"".join(entries)
old = ctypes.create_string_buffer(16 * 4)
first = len(rules) * RULE
policies = (0, first, first + RULE, first + 2 * RULE, 0)
starts = (0, 0, *policies[2:])
head = struct.pack("=32sIII5I5II", b"filter", 0b1110, len(entries), len(blob), *starts, *policies, 4)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
    get_info = ctypes.create_string_buffer(b"filter".ljust(84, b"\0"), 84)
    ctypes.CDLL(None).getsockopt(sock.fileno(), 0, 64, get_info, ctypes.byref(ctypes.c_uint32(84)))  # makes the table
    sock.setsockopt(socket.IPPROTO_IP, SET_REPLACE, head + struct.pack("=Q", ctypes.addressof(old)) + blob)
