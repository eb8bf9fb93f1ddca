"""Datasette on one database for the length of a `with` block.

    with serve("run.db") as fetch:
        rows = fetch("token_statistics.json?_shape=objects")["rows"]
"""
import contextlib
import importlib.metadata
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

START_SECONDS = 30


@contextlib.contextmanager
def serve(database, configuration=None):
    """Yields fetch(path below the database) -> decoded JSON. `configuration` is a datasette.yaml."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Canned queries belong to the metadata before Datasette 1.0, and to the configuration from then on.
    major = int(importlib.metadata.version("datasette").split(".")[0])
    options = ["-c" if major else "-m", configuration] if configuration else []
    server = subprocess.Popen([sys.executable, "-m", "datasette", "serve", database, "--port", str(port), *options],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=START_SECONDS) as response:
            return json.load(response)

    try:
        name = wait(lambda: get("-/databases.json"), server)[0]["name"]
        yield lambda path: get(f"{name}/{path}")
    finally:
        server.terminate()
        server.wait()


def wait(request, server):
    """The answer of the first request that the starting server accepts."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return request()
        except (urllib.error.URLError, ConnectionError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("Datasette did not start") from None
            time.sleep(0.1)
