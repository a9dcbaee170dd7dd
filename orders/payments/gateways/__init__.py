"""Payment providers behind one protocol: gateways take and return plain values."""
