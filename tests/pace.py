"""How fast things go on this kernel, for tests that bound the time of something."""

from __future__ import annotations

from pathlib import Path

UML = "User Mode Linux" in Path("/proc/cpuinfo").read_text()
"""Whether this is User-Mode Linux, where each system call is a switch between processes, and there is one processor."""
PACE = 5 if UML else 1
"""So many times as long as on a machine's own kernel may things take."""
