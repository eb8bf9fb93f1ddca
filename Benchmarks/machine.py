"""The machine that a benchmark runs on: its processor, its instruction sets, and how to hold programs to fewer of them."""
import importlib.metadata
import os
import pathlib
import platform
import subprocess

# Flags of /proc/cpuinfo and the names to print; those that decide how fast a matrix product can be.
SETS = {
    "avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512", "avx512_bf16": "AVX512_BF16", "amx_tile": "AMX",
    "asimd": "NEON", "sve": "SVE", "sve2": "SVE2",
}
# AMD's processors often name themselves without a generation: families 23 to 26, with and without AVX-512.
ZEN = {(23, False): "Zen 1 or 2", (25, False): "Zen 3", (25, True): "Zen 4", (26, True): "Zen 5"}

# What lowers each library's instruction set, for --isa: ours, PyTorch's oneDNN, MKL and own kernels (and torch.compile's),
# NumPy's OpenBLAS. ONNX Runtime, OpenVINO and llama.cpp have no such variable.
LEVELS = {
    "baseline": {"ACTREC_ISA": "baseline", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
                 "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Nehalem"},
    "avx2": {"ACTREC_ISA": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
             "ATEN_CPU_CAPABILITY": "avx2", "OPENBLAS_CORETYPE": "Haswell"},
    "avx512": {"ACTREC_ISA": "avx512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "MKL_ENABLE_INSTRUCTIONS": "AVX512",
               "ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX"},
}


def cpuinfo():
    """The first processor's lines of /proc/cpuinfo; empty where there is none."""
    path = pathlib.Path("/proc/cpuinfo")
    first = path.read_text(encoding="utf-8").split("\n\n")[0] if path.exists() else ""
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}


def processor():
    """The kind of processor and its instruction sets: the heading of its section in RESULTS.md."""
    info = cpuinfo()
    flags = (info.get("flags") or info.get("Features") or "").split()
    name = info.get("model name") or brand() or platform.machine()
    if info.get("vendor_id") == "AuthenticAMD":
        zen = ZEN.get((int(info["cpu family"]), "avx512f" in flags))
        name += f" (family {info['cpu family']}, model {info['model']}{', ' + zen if zen else ''})"
    sets = [shown for flag, shown in SETS.items() if flag in flags]
    return name + (", " + ", ".join(sets) if sets else "")


def brand():
    """The processor's name on macOS; none elsewhere."""
    if platform.system() != "Darwin":
        return None
    return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], check=True, capture_output=True, text=True).stdout.strip()


def heading(isa):
    """The title of this machine's section in RESULTS.md."""
    return processor() + (f"; held to {isa}" if isa else "")


def cores():
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def largest_cache():
    """Bytes of the largest cache; 0 where the system does not tell."""
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    sizes = [path.read_text().strip() for path in pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    return max((int(size[:-1]) * units[size[-1]] for size in sizes), default=0)


def environment(isa):
    """The environment of a program that is held to an instruction set; this process's own when `isa` is None."""
    return {**os.environ, **(LEVELS[isa] if isa else {})}


def versions(actrec):
    """The versions of actrec and of the packages in use, in one line."""
    ours = subprocess.run([actrec, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    found = [f"actrec {ours}"]
    for package in ("torch", "transformers", "onnxruntime", "openvino", "llama-cpp-python", "numpy"):
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def describe(isa, threads, rounds):
    """The lines under a section's heading."""
    system = platform.freedesktop_os_release()["PRETTY_NAME"] if platform.system() == "Linux" else platform.platform()
    lines = [f"{cores()} cores, largest cache {largest_cache() >> 20} MiB, {system}; {threads} threads, medians of {rounds} rounds."]
    if isa:
        held = ", ".join(f"`{name}={value}`" for name, value in LEVELS[isa].items())
        lines.append(f"Held to {isa} by {held}. Programs without such a variable are left out.")
    return lines
