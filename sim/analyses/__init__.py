"""A question per folder: its analysis, its figure and its command side by side."""
