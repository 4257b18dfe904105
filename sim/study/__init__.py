"""Many runs: ensembles, measures, studies, and the folders they are kept in."""
