"""The project package: settings, addresses, and what several apps share."""

__version__ = "0.1.0"
