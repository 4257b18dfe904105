"""Where does an effect come from? The same shock with one rule or channel removed at a time."""
