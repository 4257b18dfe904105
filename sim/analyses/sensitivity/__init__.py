"""Which parameters matter, and in which corner of them does something happen?"""
