"""Institutions as Mesa agents: companies, regulators, internet service providers, press and civil society."""
