"""The traps of netlink, played by a socket that answers from a script."""

from __future__ import annotations

import errno
import socket
import struct

import pytest

from netproof.errors import KernelError
from netproof.kernel.channel import BATCH, AnswersLostError, Channel, NoAnswerError, Refusal
from netproof.kernel.netlink import Request, attribute, text

ERROR, DONE, LINK = 2, 3, 16
MULTI, DUMP_INTR, CAPPED, ACK_TLVS = 0x2, 0x10, 0x100, 0x200


def message(kind: int, seq: int, body: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, seq, 0) + body + bytes(-len(body) % 4)


def answer(seq: int, error: int = 0, words: str = "", echoed: bytes = b"") -> bytes:
    """What the kernel answers: without `echoed` it quotes the header only, else the whole request."""
    flags = (0 if echoed else CAPPED) | (ACK_TLVS if words else 0)
    quoted = struct.pack("=IHHII", 16 + len(echoed), 20, 5, seq, 0) + echoed + bytes(-len(echoed) % 4)
    return message(ERROR, seq, struct.pack("=i", -error) + quoted + (text(1, words) if words else b""), flags)


def done(seq: int, error: int = 0, flags: int = MULTI, words: str = "") -> bytes:
    tail = text(1, words) if words else b""
    return message(DONE, seq, struct.pack("=i", -error) + tail, flags | (ACK_TLVS if words else 0))


class Script:
    """A socket whose answers are written beforehand; an errno is raised, a `cut` datagram arrives truncated."""

    def __init__(self, *answers: bytes | int, cut: frozenset[int] = frozenset()) -> None:
        self.answers = list(answers)
        self.cut = cut
        self.sent: list[bytes] = []
        self.received = 0

    def send(self, data: bytes) -> int:
        self.sent.append(data)
        return len(data)

    def recvmsg(self, _: int) -> tuple[bytes, list[object], int, None]:
        if not self.answers:
            raise OSError(errno.EAGAIN, "nothing more is coming")
        found = self.answers.pop(0)
        self.received += 1
        if isinstance(found, int):
            raise OSError(found, "scripted")
        return found, [], socket.MSG_TRUNC if self.received in self.cut else 0, None


def channel(script: Script) -> Channel:
    return Channel(script)  # type: ignore[arg-type] # a socket as far as Channel uses one


REQUEST = Request(20, b"\0" * 8)


def test_batch_asks_for_an_ack_of_its_last_message_only() -> None:
    """Each message has a seq of its own; errors come unasked."""
    script = Script(answer(3))
    assert channel(script).send([REQUEST] * 3) == {}
    heads = [struct.unpack_from("=IHHII", script.sent[0], 24 * i) for i in range(3)]
    assert [(flags & 4, seq) for _, _, flags, seq, _ in heads] == [(0, 1), (0, 2), (4, 3)]


def test_every_error_of_a_batch_is_told_with_its_place_and_words() -> None:
    """Errors of the first and third of five, in two datagrams, and the ACK of the last."""
    script = Script(answer(1, errno.EEXIST, "it is there") + answer(3, errno.EINVAL), answer(5))
    assert channel(script).send([REQUEST] * 5) == {0: Refusal(errno.EEXIST, "it is there"), 2: Refusal(errno.EINVAL)}


def test_words_are_found_behind_a_quoted_request_too() -> None:
    """A kernel without CAP_ACK quotes the whole request before its words."""
    script = Script(answer(1, errno.EINVAL, "no such thing", echoed=b"twelve bytes"))
    assert channel(script).send([REQUEST]) == {0: Refusal(errno.EINVAL, "no such thing")}


def test_warning_of_a_success_is_no_refusal() -> None:
    """Words may come with errno 0."""
    assert channel(Script(answer(1, 0, "only a hint"))).send([REQUEST]) == {}


def test_answers_of_an_earlier_batch_are_not_taken_for_this_ones() -> None:
    """A late error of a batch that was given up does not count."""
    script = Script(errno.ENOBUFS, answer(2, errno.EBUSY) + answer(3))
    tried = channel(script)
    with pytest.raises(AnswersLostError):
        tried.send([REQUEST, REQUEST])
    assert tried.send([REQUEST]) == {}


def test_more_than_a_batch_is_refused_before_it_is_sent() -> None:
    """Its errors could overflow the receive buffer."""
    script = Script()
    with pytest.raises(ValueError, match="129"):
        channel(script).send([REQUEST] * (BATCH + 1))
    assert not script.sent


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Script(errno.ENOBUFS), AnswersLostError),
        (Script(answer(1), cut=frozenset({1})), AnswersLostError),
        (Script(errno.EAGAIN), NoAnswerError),
    ],
    ids=["overflow", "truncated", "timeout"],
)
def test_lost_answers_are_told(script: Script, error: type[Exception]) -> None:
    """A buffer that overflowed, a datagram cut, a last message that the kernel never saw."""
    with pytest.raises(error):
        channel(script).send([REQUEST])


def test_dump_is_whole_over_several_datagrams() -> None:
    """The end may come in the last datagram or alone."""
    parts = [message(LINK, 1, b"one.", MULTI) + message(LINK, 1, b"two.", MULTI), message(LINK, 1, b"tri.", MULTI)]
    for script in (Script(*parts, done(1)), Script(parts[0], parts[1] + done(1))):
        assert channel(script).dump(REQUEST, "links") == [b"one.", b"two.", b"tri."]


@pytest.mark.parametrize(
    "first",
    [
        [message(LINK, 1, b"old.", MULTI) + message(LINK, 1, b"old.", MULTI | DUMP_INTR), done(1)],
        [message(LINK, 1, b"old.", MULTI), done(1, flags=MULTI | DUMP_INTR)],
        [message(LINK, 1, b"old.", MULTI), errno.ENOBUFS, done(1)],
        [done(1, errno.EINTR)],
    ],
    ids=["flagged-in-the-middle", "flagged-at-the-end", "overflow", "EINTR"],
)
def test_disturbed_dump_is_done_again(first: list[bytes | int]) -> None:
    """Of the first attempt nothing is kept."""
    script = Script(*first, message(LINK, 2, b"new.", MULTI), done(2))
    assert channel(script).dump(REQUEST, "links") == [b"new."]


def test_truncated_dump_is_done_again() -> None:
    """A cut datagram is not parsed."""
    parts = [message(LINK, 1, b"old."), done(1), message(LINK, 2, b"new."), done(2)]
    assert channel(Script(*parts, cut=frozenset({1}))).dump(REQUEST, "links") == [b"new."]


def test_dump_disturbed_for_ever_ends_in_an_error() -> None:
    """It is told what could not be read; nothing half is returned."""
    script = Script(*(done(n, flags=MULTI | DUMP_INTR) for n in range(1, 100)))
    with pytest.raises(KernelError, match="read links") as told:
        channel(script).dump(REQUEST, "links")
    assert told.value.errno == errno.EAGAIN


@pytest.mark.parametrize(
    "end", [done(1, errno.EPERM, words="not for you"), answer(1, errno.EPERM, "not for you")], ids=["done", "error"]
)
def test_error_at_the_end_of_a_dump_is_told(end: bytes) -> None:
    """The errno of a dump stands in its last message, alone or behind others."""
    with pytest.raises(KernelError, match="not for you") as told:
        channel(Script(message(LINK, 1, b"one.", MULTI) + end)).dump(REQUEST, "links")
    assert told.value.errno == errno.EPERM


def test_dump_that_never_ends_is_a_timeout() -> None:
    """No endless wait."""
    with pytest.raises(KernelError) as told:
        channel(Script(message(LINK, 1, b"one.", MULTI))).dump(REQUEST, "links")
    assert told.value.errno == errno.ETIMEDOUT


def test_ask_returns_the_answer_or_the_refusal() -> None:
    """One request, one message."""
    assert channel(Script(message(88, 1, b"four"))).ask(REQUEST) == b"four"
    assert channel(Script(answer(1, errno.ENOENT))).ask(REQUEST) == Refusal(errno.ENOENT)


def test_datagram_whose_lengths_lie_is_an_error() -> None:
    """Neither an endless loop nor half a message."""
    for lie in (b"\x08\0\0\0" + bytes(12), b"\xff\0\0\0" + bytes(12), bytes(7), attribute(1, b"x")):
        with pytest.raises(ValueError, match="netlink"):
            channel(Script(lie)).send([REQUEST])
