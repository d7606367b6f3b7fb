"""Faces: found, aligned, judged, embedded; enrolled and recognised. Needs only ONNX Runtime once the networks are set up."""
