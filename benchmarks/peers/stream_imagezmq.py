"""Cameras and a looking hub as commonly written with imagezmq, with Kenali's decoding, encoding and (simulated) model.

    python stream_imagezmq.py send ADDRESS FOLDER FPS req|pub
    python stream_imagezmq.py receive ADDRESS LOOK_MS WARM_S SECONDS req|pub

The sender stamps each frame with the time when it was captured; the receiver prints what it measured as JSON.
"""

import json
import sys
import time
from pathlib import Path

import imagezmq
import numpy as np

from kenali.stream.answerers import SimulatedAnswerer
from kenali.stream.pictures import as_jpeg, rgb
from kenali.stream.sources import PhotoFolder
from kenali.stream.values import Frame, Stamp


def send(address, folder, fps, pattern):
    sender = imagezmq.ImageSender(connect_to=address, REQ_REP=pattern == "req")
    due = time.perf_counter()
    for shot in PhotoFolder(Path(folder), loop=True).shots(None):
        time.sleep(max(0.0, due - time.perf_counter()))
        due = max(due + 1 / float(fps), time.perf_counter())
        captured = time.time_ns()
        sender.send_jpg(str(captured), as_jpeg(shot()))


def receive(address, look_ms, warm_s, seconds, pattern):
    hub = imagezmq.ImageHub(open_port=address, REQ_REP=pattern == "req")
    look = SimulatedAnswerer(float(look_ms) / 1000)
    begun, latencies = None, []
    while begun is None or time.perf_counter() - begun < float(warm_s) + float(seconds):
        captured, data = hub.recv_jpg()
        begun = begun or time.perf_counter()
        if pattern == "req":
            hub.send_reply(b"OK")
        look(rgb(Frame(Stamp("peer", "00000000", 0, 0), bytes(data), (1, 1))))
        if time.perf_counter() - begun > float(warm_s):
            latencies.append((time.time_ns() - int(captured)) / 1e6)
    median, slow = np.percentile(latencies, [50, 99])
    print(json.dumps({"frames_s": len(latencies) / float(seconds), "p50_ms": median, "p99_ms": slow}))


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
