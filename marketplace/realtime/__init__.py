"""The process that holds open connections: `python -m marketplace.realtime`."""
