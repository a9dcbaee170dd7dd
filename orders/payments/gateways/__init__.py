"""Payment providers behind one protocol. No ORM in here: gateways take and return plain values."""
