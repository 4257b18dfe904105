"""The answer page: what was asked, the answer in a sentence with its band, and why, as one HTML file."""

from sim.view.answer.page import answer

__all__ = ["answer"]
