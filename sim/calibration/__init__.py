"""What makes plausible worlds: priors, emulators, posteriors, forms, disputes, forecasts. No model imports it."""

LAYERS = ("people", "disputes", "isps")
"""Layers of plausible worlds that are inferred in a way of their own, and not from a file of targets."""
REPORTED = "disputes"
"""The layer whose cases are also predicted from one another, in a folder of results."""
