"""What makes plausible worlds: priors, emulators, posteriors, forms, disputes, forecasts. No model imports it."""

LAYERS = ("people", "disputes", "isps")
"""Layers of plausible worlds that are inferred in a way of their own, and not from a file of targets."""
REPORTED = {"people": "calibration/people", "disputes": "disputes"}
"""Those whose cases are also predicted from one another, and the folder of results that tells it."""
