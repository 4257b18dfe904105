"""Studies: many cells of runs, kept as they are made, and their tables."""
