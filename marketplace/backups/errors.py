class BackupError(Exception):
    """A backup cannot be made, read or restored; the text tells a person why and what to do."""
