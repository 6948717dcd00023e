"""The entry point: find the verb, run it, turn what it raises into one sentence and an exit code.

A Ctrl-C ends the process on the spot until a verb holds signals back (`netproof.apply.signals.held`) because it is
about to begin something. Hence next to nothing is imported before `main` is at work: typing alone would double it.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from types import FrameType
    from typing import NoReturn

    from netproof.cli.terminal import Terminal
    from netproof.errors import NetproofError

DESCRIPTION = "Declare a Linux network, apply it safely, and prove with real packets that it is isolated as you meant."
EPILOG = """exit status:
  0 holds / done    1 a claim is broken or inconclusive    2 the input is wrong    3 this machine cannot
  4 apply failed and was undone    130 interrupted"""
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line: one subcommand for each file in `cli.verbs`."""
    import argparse

    from netproof import __version__
    from netproof.cli.verb import FORMATS
    from netproof.registry import variants

    top = argparse.ArgumentParser(
        "netproof", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"netproof {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in variants("netproof.cli.verbs", "VERB").items():
        sub = verbs.add_parser(name, help=verb.summary, description=verb.description)
        sub.add_argument("--format", choices=FORMATS, default="text", help="for people, or for programs")
        verb.arguments(sub)
        sub.set_defaults(run=verb.run)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` and return its exit status (listed in `--help`)."""
    _on_signals(_leave)
    _mend_standard_streams()
    args = parser().parse_args(argv)
    from netproof.cli.terminal import Terminal

    terminal = Terminal(sys.stdout, as_json=args.format == "json")
    return _run(args, terminal)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from netproof.errors import Interrupted, NetproofError

    try:
        status: int = args.run(args, terminal)
        _on_signals(signal.SIG_IGN)  # nothing is left to be interrupted but the last words
        terminal.flush()
    except NetproofError as error:
        _on_signals(signal.SIG_IGN)
        _tell(error, terminal)
        return error.exit_code
    except Interrupted as interruption:
        _on_signals(signal.SIG_IGN)
        print(f"netproof: interrupted; {str(interruption) or 'what was begun has been undone'}", file=sys.stderr)
        return INTERRUPTED
    return status


def _on_signals(handler: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)  # type: ignore[arg-type] # one of ours, or SIG_IGN


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Go on the spot: an exception in the middle of an import makes some libraries panic, pydantic's core for one."""
    os.write(2, b"netproof: interrupted\n")
    os._exit(INTERRUPTED)


def _mend_standard_streams() -> None:
    """Be sure of descriptors 0 to 2, lest a file of ours takes the place of one that was closed; print any text."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - for as long as the process lives
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _tell(error: NetproofError, terminal: Terminal) -> None:
    from netproof.errors import InputError

    if terminal.as_json and not terminal.unheard:
        value: dict[str, object] = {"message": str(error), "exit": error.exit_code}
        if isinstance(error, InputError):
            value["problems"] = [
                {"file": p.file, "line": p.line, "column": p.column, "message": p.message} for p in error.problems
            ]
        terminal.json({"error": value})
    else:
        prefix = "" if isinstance(error, InputError) else "netproof: "
        print(prefix + str(error), file=sys.stderr)
