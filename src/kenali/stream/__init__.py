"""Streams: frames from cameras to workers and answers back, between services on one machine or many, over ImageZMQ's format."""
