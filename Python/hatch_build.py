"""Puts the program and the engine's library into the wheel: Tools/build-static builds them, which needs Swift."""
import os
import pathlib
import platform
import shutil
import subprocess
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDS = """
actrec is written in Swift, and this is its source. To build it:
  - Swift 6.1 or later, from https://www.swift.org/install, as `swift` on the PATH (or in the variable SWIFT)
  - the libraries that Tools/install-packages names for Debian 12: SQLite, OpenSSL, xxHash, zstd, PCRE2, libcurl, each with its
    static library, gcc and pkg-config
  - the network: Swift fetches three packages from GitHub
On Linux (x86-64, glibc 2.36 or later) a wheel needs none of this: pip install --only-binary actrec actrec
"""


class ProgramHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if self.target_name != "wheel" or version == "editable":
            return
        if shutil.which(os.environ.get("SWIFT", "swift")) is None:
            raise SystemExit(NEEDS)
        root = pathlib.Path(self.root)
        subprocess.run(["Tools/build-static", "package"], cwd=root, check=True)
        built = root / ".build-static" / "release"
        library = "libactrecengine.dylib" if platform.system() == "Darwin" else "libactrecengine.so"
        licences = root / ".build-static" / "licences"
        shutil.rmtree(licences, ignore_errors=True)
        subprocess.run(["Tools/collect-licences", str(licences)], cwd=root, check=True)
        build_data["force_include"].update({
            str(built / "actrec-launcher"): "actrec/_bin/actrec",
            str(built / library): f"actrec/_bin/{library}",
            str(licences): "actrec/_bin/licences",
        })
        build_data["pure_python"] = False
        # Any Python 3; auditwheel then names the oldest glibc.
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
