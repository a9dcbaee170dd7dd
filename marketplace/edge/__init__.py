"""A thin layer before Django that answers public catalogue reads with bytes that are stored.

It knows addresses and versions and nothing of products. What it is not sure of goes on to Django.
"""

from marketplace.edge.layer import Edge

__all__ = ["Edge"]
