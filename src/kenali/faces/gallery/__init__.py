"""The gallery: enrolled people in an SQL database, all that is personal sealed, each person's part with a key of its own."""
