"""Tables in a database of several kinds, and their revisions: what the gallery and the events of streams share."""
