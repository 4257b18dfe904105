"""One way to make runs and one way to keep them: everything long goes through here."""
