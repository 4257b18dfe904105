"""Claims: what the documents say that one thing does to another, and by how much it would have to be wrong to fall."""
