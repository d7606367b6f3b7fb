"""What cameras see, as the server tells it: read from a hub in a thread, told to any number of viewers."""
