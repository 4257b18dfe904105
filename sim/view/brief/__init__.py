"""The brief: what an ensemble says, for readers of policy, as one HTML file that needs no network."""

from sim.view.brief.page import brief

__all__ = ["brief"]
