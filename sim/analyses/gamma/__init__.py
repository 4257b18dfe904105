"""Which headlines depend on the weight of contacts?"""
