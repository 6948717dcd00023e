"""Frames of the line to another kernel, and the command in one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netproof.lab.machine.command import Command
from netproof.lab.machine.line import Decoder, Frame, Kind, encoded, numbered

FRAMES = st.lists(st.builds(Frame, st.integers(0, 2**32 - 1), st.sampled_from(Kind), st.binary(max_size=300)))


@given(FRAMES, st.integers(1, 50))
def test_frames_come_out_as_they_went_in(frames: list[Frame], size: int) -> None:
    """Into whatever pieces the line cuts them."""
    said = b"".join(map(encoded, frames))
    decoder = Decoder()
    assert [f for at in range(0, len(said), size) for f in decoder.feed(said[at : at + size])] == frames


def test_half_a_frame_is_waited_for() -> None:
    """Nothing comes out before it is whole."""
    said = encoded(Frame(7, Kind.OUTPUT, b"hello"))
    decoder = Decoder()
    assert list(decoder.feed(said[:-1])) == []
    assert list(decoder.feed(said[-1:])) == [Frame(7, Kind.OUTPUT, b"hello")]


def test_numbers_come_out_as_they_went_in() -> None:
    """Below zero too: that is how a signal is told."""
    assert numbered(1, Kind.END, -9).numbers() == (-9,)
    assert numbered(1, Kind.SIZE, 24, 80).numbers() == (24, 80)


def test_command_keeps_names_that_are_no_text() -> None:
    """As Python has them, which knows no name that it cannot hold."""
    command = Command(["ls", "caf\udce9"], "/tmp/\udcff", {"A": "\udc80"})  # noqa: S108
    assert Command.decoded(command.encoded()) == command
