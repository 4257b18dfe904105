"""From which population size on does a claim hold?"""
