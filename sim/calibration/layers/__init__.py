"""Layers of plausible worlds: people, disputes and ISPs, each inferred in its own way."""

REPORTED = "disputes"
"""The layer whose cases are also predicted from one another, in a folder of results."""
