"""Measure every list of methods on every kernel there is, and write docs/isolation.md: `make matrix`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from matrix.measured import ALONE, BEGIN, COMBINED, DOC, END, LISTS, Cells, Kernel, kernels, measured, merged, table


def written(by_kernel: dict[Kernel, dict[tuple[str, ...], Cells]]) -> str:
    """Return what stands between the markers."""
    by_list = {
        listed: merged(found[listed] for found in by_kernel.values() if listed in found)
        for listed in LISTS
        if any(listed in found for found in by_kernel.values())
    }
    on = " and ".join(f"Linux {kernel.release}" for kernel in by_kernel)
    lacking = [
        f"{kernel.release} lacks {', '.join(f'`{name}`' for name in ALONE if (name,) not in found)}."
        for kernel, found in by_kernel.items()
        if any(listed not in found for listed in LISTS)
    ]
    alone = table([("none",), *((name,) for name in ALONE)], by_list)
    return "\n".join([" ".join([f"On {on}.", *lacking]), "", *alone, "", *table(COMBINED, by_list)])


def main() -> None:
    """Measure and write."""
    on = kernels()
    if len(on) < 2:
        sys.exit("the tables are of two kernels, and there is no User-Mode Linux here: `make uml` builds one")
    by_kernel: dict[Kernel, dict[tuple[str, ...], Cells]] = {}
    with TemporaryDirectory(dir="/tmp") as folder:  # another kernel does not see /run
        for kernel in on:
            by_kernel[kernel] = {}
            for listed in LISTS:
                print(kernel.release, *listed, file=sys.stderr, flush=True)
                if (found := measured(listed, kernel, Path(folder))) is not None:
                    by_kernel[kernel][listed] = found
    text = DOC.read_text()
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    DOC.write_text(f"{before}{BEGIN}\n\n{written(by_kernel)}\n\n{END}{after}")


main()
