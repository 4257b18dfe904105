"""Does a folder of results come out again? Its command, run in a clean process, and where it differs."""
