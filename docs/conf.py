"""How Sphinx turns these documents into a site: `make docs`."""

project = "lawshock"
author = "The lawshock developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "description"
autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = "lawshock"
myst_heading_anchors = 3
smartquotes = False  # a command must read as it is typed
exclude_patterns = ["*.ipynb"]  # a test runs the notebook; it reads best in Jupyter
