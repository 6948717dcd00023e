"""Run every `bench_*` module beside this file, or those that are named; each prints its ratios."""

import importlib
import sys
from pathlib import Path


def main(wanted: list[str]) -> int:
    """Run the benchmarks called `wanted`, all if none; returns the exit code."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no benchmark is named {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in wanted or known:
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.bench_{name}").run()
    return 0


sys.exit(main(sys.argv[1:]))
