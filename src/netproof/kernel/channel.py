"""A netlink socket that loses nothing silently: batches with every error attributed, dumps that are whole or retried.

What the kernel does that one must know (all tried on 6.18):

- A batch goes on after a message that failed. So each message has a seq of its own and the last asks for an ACK;
  errors are answered unasked.
- More than 256 error replies overflow the default receive buffer, ENOBUFS, and the ACK is lost. So at most `BATCH`
  messages go at once; beyond, adding FDB entries also becomes several times slower.
- A message that lies about its length is dropped with all after it, and no word. So receiving has a time limit.
- A dump during which the table changed says so by NLM_F_DUMP_INTR, except that of the FDB.
- The errno of a dump stands in its last message; a datagram larger than the buffer is cut, and only MSG_TRUNC tells.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netproof.errors import CannotError, KernelError
from netproof.kernel.block import Block, common_size
from netproof.kernel.netlink import (
    NLM_F_ACK,
    NLM_F_ACK_TLVS,
    NLM_F_CAPPED,
    NLM_F_DUMP,
    NLM_F_DUMP_INTR,
    NLMSG_DONE,
    NLMSG_ERROR,
    Message,
    Request,
    attributes,
    get_s32,
    get_text,
    message,
    messages,
)
from netproof.kernel.slots import Slots

BATCH: Final = 128
"""Messages sent at once, at most."""

NETLINK_ROUTE: Final = 0
NETLINK_NETFILTER: Final = 12

_SOL_NETLINK = 270
_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK = 10, 11, 12
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE, _SO_NETNS_COOKIE = 32, 33, 71
_TRUNCATED = int(socket.MSG_TRUNC)  # as the enumeration's member it takes longer to look at than a message
_BUFFER = 1 << 20
_DATAGRAM = 1 << 16
_SECONDS = 5  # the kernel answers before send() returns; longer means that it never will
_ATTEMPTS = 16
_SIOCGIFINDEX = 0x8933
_NLMSGERR_ATTR_MSG = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """The kernel's answer to a message it did not carry out."""

    errno: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One datagram of a dump, which is of one instant, and iterates over the bodies of its messages.

    `size` is the length of each of its messages where all have one header, else 0.
    """

    data: bytes
    size: int
    several: tuple[bytes, ...] = ()

    def __iter__(self) -> Iterator[bytes]:
        if not self.size:
            return iter(self.several)
        return (self.data[at + 16 : at + self.size] for at in range(0, len(self.data), self.size))


class AnswersLostError(Exception):
    """The kernel dropped answers: what of the batch was done is unknown, read the state again."""


class NoAnswerError(AnswersLostError):
    """The kernel gave none in time."""


class Channel:
    """A netlink socket in the namespace in which it was opened, wherever its thread is later.

    `lenient`: take a dump that never comes whole for what it last told, where root may be a guest who disturbs it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.lenient = False
        self._socket = sock
        self._next = 1
        self._slots: Slots | None = None

    @classmethod
    def open(cls, protocol: int = NETLINK_ROUTE) -> Channel:
        """Open one in the calling thread's namespace. Raises CannotError if this kernel has no such protocol."""
        try:
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        except OSError as error:
            raise CannotError(f"this kernel has no netlink protocol {protocol}: {error.strerror}") from error
        for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK):
            with contextlib.suppress(OSError):  # an older kernel: less is told, nothing is lost
                sock.setsockopt(_SOL_NETLINK, option, 1)
        for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
            with contextlib.suppress(OSError):  # needs CAP_NET_ADMIN; reading goes without
                sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", _SECONDS, 0))
        return cls(sock)

    def close(self) -> None:
        """Let go of the socket, and of the namespace it is in."""
        self._socket.close()

    def cookie(self) -> int:
        """Return the number of the namespace; no other has it until the next boot (inodes are reused at once)."""
        return int.from_bytes(self._socket.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8), "little")

    def ifindex(self, ifname: str) -> int:
        """Return the index of a link. Raises OSError (ENODEV) if there is none."""
        asked = struct.pack("16s24x", ifname.encode(errors="surrogateescape"))
        answer = fcntl.ioctl(self._socket, _SIOCGIFINDEX, asked)
        return int(struct.unpack_from("@i", answer, 16)[0])

    def send(self, requests: Sequence[Request]) -> dict[int, Refusal]:
        """Carry out at most `BATCH` requests and return what was refused, by the request's place.

        Raises AnswersLostError if answers were lost, ValueError if there are too many.
        """
        if len(requests) > BATCH:
            raise ValueError(f"{len(requests)} messages in a batch of {BATCH}")
        if not requests:
            return {}
        first = self._reserve(len(requests))
        acks = [0] * (len(requests) - 1) + [NLM_F_ACK]
        self._socket.send(b"".join(map(message, requests, range(first, first + len(requests)), acks)))
        return self._refused(first, len(requests))

    def send_block(self, block: Block) -> dict[int, Refusal]:
        """Carry out the requests of a block, at most `BATCH`, as `send` does."""
        first = self._reserve(block.count)
        self._socket.send(block.numbered(first, NLM_F_ACK))
        return self._refused(first, block.count)

    def ask_block(self, block: Block) -> list[bytes | None]:
        """Return the body that answers each request of a block, at most `BATCH`; None where it is refused.

        Raises AnswersLostError.
        """
        first = self._reserve(block.count)
        self._socket.send(block.numbered(first))
        answers: list[bytes | None] = [None] * block.count
        missing = block.count
        while missing:
            for kind, seq, body in self._receive_each(missing):
                if first <= seq < first + block.count:
                    answers[seq - first] = None if kind == NLMSG_ERROR else body
                    missing -= 1
        return answers

    def _reserve(self, seqs: int) -> int:
        first = self._next
        self._next += seqs
        return first

    def _refused(self, first: int, count: int) -> dict[int, Refusal]:
        """Take the answers to a batch up to its last, and return what was refused by its place."""
        last = first + count - 1
        refused: dict[int, Refusal] = {}
        last_seen = False
        while not last_seen:
            for answer in messages(self._receive()):
                if answer.kind == NLMSG_ERROR and first <= answer.seq <= last:
                    refusal = _refusal(answer)
                    if refusal.errno:
                        refused[answer.seq - first] = refusal
                    last_seen |= answer.seq == last
        return refused

    def ask(self, request: Request) -> bytes | Refusal:
        """Return the body of the one message that answers `request`."""
        seq = self._reserve(1)
        self._socket.send(message(request, seq, 0))
        while True:
            for answer in messages(self._receive()):
                if answer.seq == seq:
                    return _refusal(answer) if answer.kind == NLMSG_ERROR else answer.body

    def dump(self, request: Request, what: str) -> list[bytes]:
        """Return the bodies of a whole dump; one that was disturbed is done again.

        `what` names it for people. Raises KernelError if the kernel refuses it, or it never comes whole.
        """
        return [body for part in self.dump_parts(request, what) for body in part]

    def dump_parts(self, request: Request, what: str) -> list[Part]:
        """Return a whole dump as the datagrams in which it came; as `dump` otherwise."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                found = self._dump_once(request, what, torn=self.lenient and not left)
            except NoAnswerError as error:
                raise KernelError(f"read {what}", errno.ETIMEDOUT) from error
            if found is not None:
                return found
        raise KernelError(f"read {what}", errno.EAGAIN, "it changed each time while it was being read")

    def _dump_once(self, request: Request, what: str, *, torn: bool) -> list[Part] | None:
        seq = self._reserve(1)
        self._socket.send(message(request, seq, NLM_F_DUMP))
        parts: list[Part] = []
        whole = True
        while True:
            try:
                data = self._receive()
            except NoAnswerError:
                raise
            except AnswersLostError:
                whole = False  # read on to its end: the socket cannot begin another before
                continue
            size = common_size(data)
            answers = [m for m in messages(data[:size] if size else data) if m.seq == seq]
            whole &= not any(answer.flags & NLM_F_DUMP_INTR for answer in answers)
            end = next((a for a in answers if a.kind in (NLMSG_ERROR, NLMSG_DONE)), None)
            if answers and end is not answers[0]:
                parts.append(Part(data, size, tuple(a.body for a in answers if a is not end)))
            if end:
                return _ended(what, _refusal(end), parts if whole or torn else None)

    def _receive(self) -> bytes:
        try:
            data, _, flags, _ = self._socket.recvmsg(_DATAGRAM)
        except OSError as error:
            raise _lost(error) from error
        if flags & _TRUNCATED:
            raise AnswersLostError("a datagram was cut")
        return data

    def _receive_each(self, most: int) -> Iterable[tuple[int, int, bytes]]:
        """Return kind, seq and body of messages that come in a datagram each."""
        if self._slots is None:
            self._slots = Slots(BATCH)
        try:
            return self._slots.take(self._socket, most)
        except OSError as error:
            raise _lost(error) from error


def _lost(error: OSError) -> Exception:
    """Return what it means that receiving failed."""
    if error.errno in (errno.ENOBUFS, errno.EMSGSIZE):
        return AnswersLostError(os.strerror(error.errno))
    return NoAnswerError("the kernel does not answer") if error.errno == errno.EAGAIN else error


def _ended(what: str, refusal: Refusal, found: list[Part] | None) -> list[Part] | None:
    """Return what a dump that ended with `refusal` gave; None if it has to be done again."""
    if refusal.errno == errno.EINTR:
        return None
    if refusal.errno:
        raise KernelError(f"read {what}", refusal.errno, refusal.text)
    return found


def _refusal(answer: Message) -> Refusal:
    """Read an error or done message: its errno, and the kernel's own words where it has some."""
    number = -get_s32(answer.body) if len(answer.body) >= 4 else 0
    if answer.kind == NLMSG_DONE:
        return Refusal(number, _words(answer.body, 4) if answer.flags & NLM_F_ACK_TLVS else "")
    if not answer.flags & NLM_F_ACK_TLVS:
        return Refusal(number)
    capped = answer.flags & NLM_F_CAPPED or not number
    echoed = 16 if capped else struct.unpack_from("=I", answer.body, 4)[0]
    return Refusal(number, _words(answer.body, 4 + (echoed + 3 & ~3)))


def _words(body: bytes, start: int) -> str:
    return get_text(attributes(body, start).get(_NLMSGERR_ATTR_MSG, b""))
