"""The page of a decision: which lever does best in which outcome, how sure that is, and where each fails."""
