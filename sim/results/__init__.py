"""Results: ensembles, their bands and summaries, and the folders that they are written to and read from."""
