"""Scenarios in pairs of runs with the same luck: what differs, what that changes, and because of whom."""
