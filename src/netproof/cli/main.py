"""The entry point: find the verb, run it, turn what it raises into one sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from netproof import __version__
from netproof.cli.terminal import Terminal
from netproof.errors import InputError, Interrupted, NetproofError
from netproof.registry import variants

DESCRIPTION = "Declare a Linux network, apply it safely, and prove with real packets that it is isolated as you meant."
EPILOG = """exit status:
  0 holds / done    1 a claim is broken or inconclusive    2 the input is wrong    3 this machine cannot
  4 apply failed and was undone    130 interrupted"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line: one subcommand for each file in `cli.verbs`."""
    top = argparse.ArgumentParser(
        "netproof", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"netproof {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in variants("netproof.cli.verbs", "VERB").items():
        sub = verbs.add_parser(name, help=verb.summary, description=verb.description)
        sub.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs")
        verb.arguments(sub)
        sub.set_defaults(run=verb.run)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` and return its exit status (listed in `--help`)."""
    signal.signal(signal.SIGTERM, _terminated)
    args = parser().parse_args(argv)
    terminal = Terminal(sys.stdout, as_json=args.format == "json")
    try:
        status: int = args.run(args, terminal)
        sys.stdout.flush()
    except NetproofError as error:
        _tell(error, terminal)
        return error.exit_code
    except (Interrupted, KeyboardInterrupt):
        print("netproof: interrupted; what was begun has been undone", file=sys.stderr)
        return Interrupted.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted


def _tell(error: NetproofError, terminal: Terminal) -> None:
    if terminal.as_json:
        value: dict[str, object] = {"message": str(error), "exit": error.exit_code}
        if isinstance(error, InputError):
            value["problems"] = [
                {"file": p.file, "line": p.line, "column": p.column, "message": p.message} for p in error.problems
            ]
        terminal.json({"error": value})
    else:
        prefix = "" if isinstance(error, InputError) else "netproof: "
        print(prefix + str(error), file=sys.stderr)
