"""The event log: appearances in an SQL database."""
