"""One file a verb: arguments, call, report, exit status."""
