# Nothing leads out by the second link.
