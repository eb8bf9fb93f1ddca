"""Check that actrec and Python's huggingface_hub take each other's downloads, from one local server.

    python Tools/check_hub.py .build/release/actrec [MODEL_DIRECTORY]

The server answers as the hub does, written here from huggingface_hub's side of the protocol. actrec downloads a model and
huggingface_hub must find the cache sound and every file in it without the network; then the other way around. The model is
the embedded one unless a directory is given.
"""
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

REPOSITORY = "openai-community/gpt2"
COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
FILES = ["config.json", "vocab.json", "merges.txt", "model.safetensors"]


def tag(name, content):
    """The ETag of a file: sha256 in large file storage, else git's id of the blob."""
    if name.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def handler(contents):
    class Hub(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status, body=b"", **headers):
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_GET(self):
            path = self.path.split("?")[0]
            name = path.rsplit("/", 1)[-1]
            if path.startswith(f"/api/models/{REPOSITORY}"):
                listing = {"id": REPOSITORY, "modelId": REPOSITORY, "sha": COMMIT, "private": False, "gated": False,
                           "tags": [], "downloads": 0, "likes": 0, "siblings": [{"rfilename": file} for file in contents]}
                self.answer(200, json.dumps(listing).encode(), Content_Type="application/json")
            elif path.startswith(f"/{REPOSITORY}/resolve/") and name not in contents:
                self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
            elif path.startswith(f"/{REPOSITORY}/resolve/") and name.endswith(".safetensors"):
                port = self.server.server_address[1]
                self.answer(302, Location=f"http://localhost:{port}/cdn/{name}?Signature=x", X_Repo_Commit=COMMIT,
                            X_Linked_Size=str(len(contents[name])), X_Linked_Etag=f'"{tag(name, contents[name])}"')
            elif path.startswith((f"/{REPOSITORY}/resolve/", "/cdn/")) and name in contents:
                self.answer(200, contents[name], ETag=f'"{tag(name, contents[name])}"', X_Repo_Commit=COMMIT)
            else:
                self.answer(401, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

        def log_message(self, *arguments):
            pass

    return Hub


def main():
    actrec = os.path.abspath(sys.argv[1])
    embedded = pathlib.Path(__file__).parent.parent / "Sources/EmbeddedModel/gpt2-micro"
    model = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else embedded
    contents = {name: (model / name).read_bytes() for name in FILES if (model / name).exists()}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(contents))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    with tempfile.TemporaryDirectory() as work:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        environment.pop("HUGGINGFACE_HUB_CACHE", None)
        environment |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}", "HF_HUB_DISABLE_TELEMETRY": "1",
                        "no_proxy": "127.0.0.1,localhost"}

        def run(program, home, **more):
            done = subprocess.run(program, env=environment | {"HF_HOME": f"{work}/{home}"} | more, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        def python(code, home, **more):
            return run([sys.executable, "-c", "import huggingface_hub, pathlib\n" + code], home, **more)

        find = f"print(huggingface_hub.snapshot_download({REPOSITORY!r}))"
        download = f"""for name in {sorted(contents)!r}:
    path = huggingface_hub.hf_hub_download({REPOSITORY!r}, name)
print(pathlib.Path(path).parent)"""
        scan = """info = huggingface_hub.scan_cache_dir()
assert not info.warnings, info.warnings
for repo in info.repos:
    for revision in repo.revisions:
        print(repo.repo_id, revision.commit_hash, *sorted(revision.refs), *sorted(file.file_name for file in revision.files))"""

        ours = run([actrec, "model", "pull", "-q", "gpt2"], "ours")
        assert python(find, "ours", HF_HUB_OFFLINE="1") == ours
        expected = " ".join([REPOSITORY, COMMIT, "main", *sorted(contents)])
        assert python(scan, "ours") == expected, python(scan, "ours")
        print("huggingface_hub finds what actrec pulled, and its cache sound")

        theirs = python(download, "theirs")
        source = json.loads(run([actrec, "model", "info", "gpt2", "--format", "json"], "theirs"))
        assert {"property": "source", "value": theirs} in source, source
        assert run([actrec, "model", "pull", "-q", "gpt2"], "theirs", HF_HUB_OFFLINE="1") == theirs

        def layout(home):
            root = pathlib.Path(work, home, "hub", "models--openai-community--gpt2")
            parts = ("blobs", "refs", "snapshots")
            return {str(path.relative_to(root)): os.readlink(path) if path.is_symlink() else path.read_bytes()
                    for part in parts for path in (root / part).rglob("*") if not path.is_dir()}

        assert layout("ours") == layout("theirs"), "the caches differ"
        print(f"actrec finds what huggingface_hub downloaded; both caches are the same, {len(layout('ours'))} files and links")


main()
