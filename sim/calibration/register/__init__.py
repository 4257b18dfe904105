"""What will happen in a case whose outcome is still awaited? Said beforehand, and scored when it is known."""

REPLICATES, USERS = 200, 1_000
"""Plausible worlds and people in each: about two minutes of one core for a case of three years, measured."""
