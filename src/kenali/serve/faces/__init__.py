"""Faces in the server: photos looked at, people known by heart, and the gallery behind both."""
