"""The catalogue in the console. Every change goes through the services."""

from catalog.admin import curated, products, searches

__all__ = ["curated", "products", "searches"]
