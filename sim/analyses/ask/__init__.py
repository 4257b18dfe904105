"""What would an act change? A world made by a question, and the answer as a page."""
