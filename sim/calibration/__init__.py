"""What makes plausible worlds: priors, emulators, posteriors, forms, disputes, forecasts. No model imports it."""
