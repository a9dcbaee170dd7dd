"""A whole purchase over two shops against a running server, by HTTP only: what `bin/demo` runs."""
