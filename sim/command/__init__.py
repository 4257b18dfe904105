"""The commands: each parses, calls the library and prints. Heavy imports stay inside the bodies."""
