"""A server on loopback that lays files out as a service does, and misbehaves once for each fault that is queued."""

import gzip
import hashlib
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = b"<!DOCTYPE html><html><title>Sign in</title><body>Wi-Fi of the office</body></html>"


class Service(ThreadingHTTPServer):
    """Serves ``files`` by path; ``faults[path]`` holds what goes wrong, first come first."""

    daemon_threads = True

    def __init__(self, *, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, deque[Callable[[Handler, bytes], None]]] = defaultdict(deque)
        self.asked: list[tuple[str, str, str]] = []
        self.pause_s = 0.0
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def fail(self, path: str, *faults: Callable[["Handler", bytes], None]) -> None:
        self.faults[path].extend(faults)

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is no matter."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, self.path, self.headers.get("Range", "")))
        content = self.server.files.get(path)
        if self.server.faults[path]:
            self.server.faults[path].popleft()(self, content or b"")
        elif content is None:
            self.say(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
        else:
            self.serve(content)

    do_HEAD = do_GET  # noqa: N815 (the library's name)

    def serve(self, content: bytes, *, ranges: bool = True, tagged: bytes | None = None) -> None:
        tag = f'"{hashlib.md5(content if tagged is None else tagged).hexdigest()}"'
        asked, same = self.headers.get("Range", ""), self.headers.get("If-Range", tag)
        head = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if not (ranges and asked.startswith("bytes=") and same == tag):
            self.say(200, content, head)
            return
        first = int(asked.removeprefix("bytes=").partition("-")[0])
        if first >= len(content):
            self.say(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        span = f"bytes {first}-{len(content) - 1}/{len(content)}"
        self.say(206, content[first:], head | {"Content-Range": span})

    def say(self, status: int, body: bytes, head: dict[str, str], *, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in head.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if not self.server.pause_s:
            self.wfile.write(body)
            return
        for start in range(0, len(body), 16384):
            self.wfile.write(body[start : start + 16384])
            self.wfile.flush()
            time.sleep(self.server.pause_s)

    def log_message(self, *args) -> None:
        """Say nothing."""


def cut(count: int):
    """Break off after some bytes of what was asked for."""

    def fault(handler: Handler, content: bytes) -> None:
        first = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        head = {"ETag": f'"{hashlib.md5(content).hexdigest()}"'}
        if first:
            head["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        handler.say(206 if first else 200, content[first : first + count], head, length=len(content) - first)
        handler.close_connection = True

    return fault


def length(change: int):
    """State another length than the content has."""

    def fault(handler: Handler, content: bytes) -> None:
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        handler.say(200, content[: len(content) + min(change, 0)], {"ETag": tag}, length=len(content) + change)
        handler.close_connection = True

    return fault


def status(code: int, **head: str):
    """Answer with a status."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.say(code, b"busy", {name.replace("_", "-"): value for name, value in head.items()})

    return fault


def redirect(goal: str, code: int = 302):
    """Send elsewhere."""
    return status(code, Location=goal)


def page(kind: str = "text/html"):
    """Answer with a web page."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.say(200, PAGE, {"Content-Type": kind})

    return fault


def other(change: Callable[[bytes], bytes]):
    """Serve other content as if it were sound."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.serve(change(content))

    return fault


def damaged(handler: Handler, content: bytes) -> None:
    """Serve content with a hole that still unpacks, under the ETag of the sound one."""
    handler.serve(content[:40_000] + bytes(60_000) + content[100_000:], tagged=content)


def no_ranges(handler: Handler, content: bytes) -> None:
    """Ignore what was asked for and send all."""
    handler.serve(content, ranges=False)


def wrong_range(handler: Handler, content: bytes) -> None:
    """Send another part than was asked for."""
    handler.say(206, content[7:], {"Content-Range": f"bytes 7-{len(content) - 1}/{len(content)}"})


def silence(handler: Handler, content: bytes) -> None:
    """Close without a word."""
    handler.close_connection = True


def packed(handler: Handler, content: bytes) -> None:
    """Send it packed, though nobody asked."""
    handler.say(200, gzip.compress(content), {"Content-Encoding": "gzip"})


def unmeasured(count: int | None = None):
    """State no length and close at the end, or before it."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.protocol_version = "HTTP/1.0"
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(content[:count])
        handler.close_connection = True

    return fault


def drip(seconds: float):
    """Send a byte now and then for a while, then close."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        until = time.monotonic() + seconds
        for number in range(len(content)):
            if time.monotonic() > until:
                break
            handler.wfile.write(content[number : number + 1])
            handler.wfile.flush()
            time.sleep(0.02)
        handler.close_connection = True

    return fault


@contextmanager
def serving(*, certificate: Path | None = None) -> Iterator[Service]:
    """Serve within the block."""
    service = Service(certificate=certificate)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
