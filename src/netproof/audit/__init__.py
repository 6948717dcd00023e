"""Traps on hosts that netproof never configured: facts of a host in, findings out; nothing here touches Linux."""
