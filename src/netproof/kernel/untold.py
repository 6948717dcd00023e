"""What an audit cannot learn on this machine."""

from __future__ import annotations


class UntoldError(Exception):
    """Something cannot be gathered here; the text says why."""
