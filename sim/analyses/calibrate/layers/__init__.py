"""Layers of plausible worlds: people, disputes and ISPs, each inferred in its own way."""
