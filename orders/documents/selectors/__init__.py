"""What documents say: facts as JSON, copied from the rows as they are at that moment."""
