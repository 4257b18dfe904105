"""What people look at: pictures and texts made from the tables of runs."""
