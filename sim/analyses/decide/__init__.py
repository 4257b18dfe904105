"""Which lever that protects rights does best, in which outcome, in how many plausible worlds, and where it fails."""
