"""Which numbers rest on what, and how much of an outcome's variance does?"""
