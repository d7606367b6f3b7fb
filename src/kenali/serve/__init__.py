"""`kenali serve`: bundles behind HTTP. Importing this package imports none of its modules."""
