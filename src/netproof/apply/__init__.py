"""Transactions: plan, journal, apply, confirm, rollback, recover."""
