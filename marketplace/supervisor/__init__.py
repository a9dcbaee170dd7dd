"""What `bin/run` hands over to: everything a running marketplace consists of, in one terminal."""
