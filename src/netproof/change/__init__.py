"""From desired and actual to a plan: diff, order, ownership. Pure."""
