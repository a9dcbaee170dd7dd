"""Watching the marketplace: metrics, error reports, traces, and what its tasks do."""
