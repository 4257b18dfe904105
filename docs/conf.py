"""How Sphinx turns these documents into a site: `make docs`."""

project = "lawshock"
author = "The lawshock developers"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "lawshock"
myst_heading_anchors = 3
