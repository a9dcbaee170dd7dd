"""Finding products: stored vectors, ranking, facets, corrections, suggestions and what is counted.

docs/search.md says how a result comes about.
"""
