"""Network cameras in a few lines each: motion JPEG over HTTP, and RTSP with a transport stream over its own connection."""

from __future__ import annotations

import http.server
import io
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import numpy as np

from tests.conftest import encoded, picture

_TRANSPORT = 188  # bytes of a packet of a transport stream
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"
)


@contextmanager
def motion_jpeg(pictures: int) -> Iterator[str]:
    """The URL of a camera that shows so many pictures of 48 x 64 to each who asks, and then hangs up."""
    answer = b"".join(
        b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(data), data)
        for data in (encoded(picture(number, (48, 64))) for number in range(pictures))
    )

    class Camera(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    with _served(http.server.ThreadingHTTPServer, Camera) as port:
        yield f"http://127.0.0.1:{port}/live.mjpg"


@contextmanager
def rtsp(frames: int) -> Iterator[str]:
    """The URL, with a password, of a camera that shows so many frames of 48 x 64 to each who asks, and then hangs up."""
    stream = transport_stream(frames)

    class Camera(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while request := self._request():
                method, number = request
                more, body = "", ""
                if method == "DESCRIBE":
                    more, body = "Content-Type: application/sdp\r\n", _SDP
                elif method == "SETUP":
                    more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
                elif method == "PLAY":
                    more = "Session: 1\r\n"
                answer = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
                self.wfile.write(answer.encode())
                if method == "PLAY":
                    self._play()
                    return

        def _request(self) -> tuple[str, str] | None:
            lines: list[str] = []
            while (line := self.rfile.readline().decode().strip()) or not lines:
                if not line:
                    return None
                lines.append(line)
            return lines[0].split()[0], next(line[5:].strip() for line in lines if line.lower().startswith("cseq:"))

        def _play(self) -> None:
            for number, start in enumerate(range(0, len(stream), 7 * _TRANSPORT)):
                packet = struct.pack(">BBHII", 0x80, 33, number, number * 3000, 1) + stream[start : start + 7 * _TRANSPORT]
                self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)

    with _served(socketserver.ThreadingTCPServer, Camera) as port:
        yield f"rtsp://keeper:secret@127.0.0.1:{port}/live"


def video(frames: int, kind: str, codec: str = "mpeg4", size: tuple[int, int] = (48, 64)) -> bytes:
    """The bytes of a video at 25 frames a second; the frame of number n is grey n * 4."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((*size, 3), number * 4, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def transport_stream(frames: int) -> bytes:
    return video(frames, "mpegts", "mpeg2video")


@contextmanager
def _served(kind: type[socketserver.TCPServer], handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    kind.daemon_threads = True  # type: ignore[attr-defined]
    with kind(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
