"""The laboratory as one file: questions on cards, whose worlds are computed beforehand, and a page that draws them."""

from sim.view.laboratory.page import laboratory

__all__ = ["laboratory"]
