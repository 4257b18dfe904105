"""Scenarios: what a researcher writes, checked once and frozen."""
