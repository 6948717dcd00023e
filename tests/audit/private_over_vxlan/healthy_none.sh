# Nothing is private.
