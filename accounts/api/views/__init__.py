"""Views of accounts, a module per audience."""
