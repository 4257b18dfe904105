"""Questions, a file each: what is run, which tables come of it, and their picture; the command follows from it."""
