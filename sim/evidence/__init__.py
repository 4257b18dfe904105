"""What was observed, with its sources, and the patterns that a run is held against."""
