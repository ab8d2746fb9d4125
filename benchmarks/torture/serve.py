"""A service on loopback as a process of its own: files of a folder, with ranges, slow enough to be killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 32_768
PAUSE_S = 0.01


class Handler(BaseHTTPRequestHandler):
    """Serves files below ``folder``, whole or from a byte on."""

    protocol_version = "HTTP/1.1"
    folder = Path()

    def do_GET(self) -> None:
        """Answer as a store of objects does."""
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        content = path.read_bytes() if path.is_file() else None
        first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if content is None:
            self._head(404, 0)
            return
        self._head(206 if first else 200, len(content) - first, first, len(content))
        for start in range(first, len(content), PIECE):
            try:
                self.wfile.write(content[start : start + PIECE])
            except OSError:  # whoever asked was killed
                return
            time.sleep(PAUSE_S)

    def _head(self, status: int, length: int, first: int = 0, whole: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", f'"{whole}"')
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{whole - 1}/{whole}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder from a process of its own within the block; yield the address."""
    command = [sys.executable, "-m", "benchmarks.torture.serve", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
