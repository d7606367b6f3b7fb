"""What outgrows one machine, on Ray: thin adapters around the same functions. No algorithm lives here."""
