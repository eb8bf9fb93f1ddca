"""Changes the program in one place at a time and looks whether the tests find it.

    Tools/mutate.py SCRATCH [--areas writer shards verify views kernels] [--places N] [--match REGEX] [--list]

Copies the tree to SCRATCH and derives the places by pattern from the files as they are: a sign, an index or number, a bound, a
column in its neighbour's place. Of each area so many places are taken, as many of each file (of each view) as can be, spread over
it. Places in Swift and SQL are compiled in all at once, and the variable ACTREC_MUTANT chooses one; C is compiled anew for each. A
place survives when all tests of its area pass. Exit status 1 when one did.
"""
import argparse
import dataclasses
import glob
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SWIFT = os.environ.get("SWIFT", "swift")

# What each area is made of, the tests that have to find a change in it, and how many places are taken.
AREAS = {
    "writer": (
        ["Sources/Recording/Database/%s.swift" % name for name in
         ["BatchWriter", "BatchChecksums", "BatchPlace", "ModelWriter", "RunWriter", "VocabularyWriter", "InsertStatement", "HalfPrecision"]]
        + ["Sources/Recording/Capture/%s.swift" % name for name in
           ["BatchStatistics", "FeatureStatistics", "ShareStatistics", "RealPredictions", "Components"]],
        "RecordingTests\\.(TablesTests|StatisticsTests|VectorTests|SchemeTests|PredictionTests|PublicViewTests|BatchingTests|"
        "FeatureStatisticsTests|ArchitectureTests|ModelIdentityTests|OverflowTests|SeveralRunsTests|SizeLimitTests|ResumeTests)|PlantedFaultTests", 30),
    "shards": (
        ["Sources/Recording/Shards/BlockCopy.swift", "Sources/Recording/Shards/FeatureSums.swift", "Sources/Recording/Shards/Merger.swift"],
        "RecordingTests\\.(ShardTests|OverflowTests|ModelIdentityTests)", 12),
    "verify": (
        ["Sources/Verifying/*Checks.swift", "Sources/Reading/VectorReader.swift", "Sources/Verifying/Tally.swift"],
        "VerifierTests|PlantedFaultTests|OverflowTests|CommandTests\\.ArchitectureTests", 28),
    "views": (
        ["schema/schema.sql"],
        "RecordingTests\\.(PublicViewTests|StatisticsTests|PredictionTests|SchemeTests|FeatureStatisticsTests|TablesTests|VectorTests|"
        "ArchitectureTests|SizeLimitTests)|AnalysisTests\\.|EmptyAnswerTests", 30),
    "kernels": (["Sources/CKernels/*.c", "Sources/CKernels/*.h"],
                "TransformerTests\\.|RecordingTests\\.(StatisticsTests|SchemeTests|PredictionTests|FeatureStatisticsTests)", 50),
}

HELPERS = """import Foundation

let activeMutant = Int(ProcessInfo.processInfo.environment["ACTREC_MUTANT"] ?? "") ?? 0
@inline(never) func mutated<T: ExpressibleByIntegerLiteral & AdditiveArithmetic>(_ k: Int, _ value: T) -> T { activeMutant == k ? value + 1 : value }
@inline(never) func minus<T: SignedNumeric>(_ k: Int) -> T { activeMutant == k ? 1 : -1 }
@inline(never) func sized<T: SignedNumeric & Comparable>(_ k: Int, _ value: T) -> T { activeMutant == k ? value : abs(value) }
@inline(never) func either<T>(_ k: Int, _ value: @autoclosure () -> T, _ other: @autoclosure () -> T) -> T { activeMutant == k ? other() : value() }
"""


@dataclasses.dataclass
class Place:
    """One change: a line of a file, what is there, what takes its place when the mutant is chosen, and what it is."""
    file: str
    line: int
    start: int
    end: int
    text: str
    what: str
    group: str = ""
    number: int = 0

    def describe(self, lines):
        return f"{self.file}:{self.line + 1}: {self.what}: {lines[self.line].strip()[:100]}"


def code_only(line):
    """The line with strings and comments blanked, so that places are columns of code."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: " " * len(m.group()), line)
    return re.sub(r"//.*", lambda m: " " * len(m.group()), line)


def swift_places(file, lines):
    quoted = False
    for i, line in enumerate(lines):
        if line.count('"""') % 2:
            quoted = not quoted
            continue
        code = code_only(line)
        if quoted or re.match(r"\s*(case|import|@|///|typealias|private static let \w+: \[)", code) or '"' in line and "\\(" in line:
            continue
        for m in re.finditer(r"(?<![\w.$])(\d+)(?![\w.])", code):
            yield Place(file, i, m.start(), m.end(), f"mutated(%d, {m.group()})", f"{m.group()} becomes {int(m.group()) + 1}")
        for m in re.finditer(r"(?<![\w.])(\d+)(?=\.\.[<.])", code):
            yield Place(file, i, m.start(), m.end(), f"mutated(%d, {m.group()})", f"the range begins at {int(m.group()) + 1}")
        for m in re.finditer(r"(?<!\w)abs\(", code):
            yield Place(file, i, m.start(), m.end(), "sized(%d, ", "abs is left out")
        for m in re.finditer(r"(?<=[\w)\]]) - (?=[\w(])", code):
            yield Place(file, i, m.start(), m.end(), " + minus(%d) * ", "- becomes +")
        found = re.match(r"(\s*\w+\.bind\()([^()]+)\)\s*$", code)
        other = re.match(r"(\s*\w+\.bind\()([^()]+)\)\s*$", lines[i + 1]) if i + 1 < len(lines) else None
        if found and other and found.group(1) == other.group(1):
            yield Place(file, i, found.start(2), found.end(2), f"either(%d, {found.group(2)}, {other.group(2)})", "the next column's value")


def sql_places(file, lines):
    """In the views: another column, operator or number."""
    first = next(i for i, line in enumerate(lines) if line.startswith("-- Public views"))
    view = ""
    for i, line in enumerate(lines[first:], first):
        if line.startswith("CREATE VIEW"):
            view = line.split()[2]
        code = re.sub(r"--.*", lambda m: " " * len(m.group()), line)
        for pattern, text, what in [
                (r" \+ ", " - ", "+ becomes -"), (r" - (?=\d)", " + ", "- becomes +"), (r"(?<= )\* (?=1024|4096|1048576)", "* 2 * ", "a key's factor"),
                (r"(?<=m\.)mean \*", "variance *", "another column"), (r">> 10\b", ">> 11", "another shift"), (r"& 1023\b", "& 511", "another mask"),
                (r"m\.minimum\b", "m.maximum", "another column"), (r"m\.skewness", "m.kurtosis", "another column"),
                (r"THEN m\.(q|k|v|z)_mean", r"THEN m.result_mean", "another column"), (r"THEN m\.(q|k|v|z)_variance", "THEN m.result_variance", "another column"),
                (r"in_m2\b", "out_m2", "another column"), (r"p\.entropy", "p.log_probability AS entropy", "another column"),
                (r"m\.to_first", "m.to_self AS to_first", "another column"), (r"\bd\.width \*", "d.head_width *", "another width"),
                (r"d\.head_width END", "d.width END", "another width"), (r"t\.token_key \+ 1", "t.token_key - 1", "the token before"),
                (r"token_count - 1\b", "token_count - 2", "another bound")]:
            for m in re.finditer(pattern, code):
                yield Place(file, i, m.start(), m.end(), text, f"{what}: '{m.group().strip()}' becomes '{text.strip()}'", view)


# `float x[8]`: a longer array is the same program.
DECLARATION = re.compile(r"\b(\w+_t|float|double|int|char|[fiu]\d+x\w+|struct \w+) (\*?\w+(\[[^\]]*\])*( = [^,;]*)?, )*\*?\w+(\[[^\]]*\])*$")


def c_places(file, lines):
    comment = False
    for i, line in enumerate(lines):
        code = code_only(line)
        if code.lstrip().startswith("/*"):
            comment = True
        inside, comment = comment, comment and "*/" not in code
        if inside or re.match(r"\s*(#|\*|extern|typedef|enum\b|_Static|__asan)", code) or not re.search(r"[;{]", code):
            continue
        for pattern, text, what in [
                (r" \+= ", " -= ", "sign"), (r"(?<=[\w)\]]) \+ (?=[\w(])", " - ", "sign"), (r"(?<=[\w)\]]) - (?=[\w(])", " + ", "sign"),
                (r"(?<=[\w)]) < (?=[\w(])", " + 1 < ", "bound"), (r"(?<=\[)(\w+)(?=\])", r"\1 ^ 1", "index"),
                (r"(?<== )-(?=[\w(])", "", "sign")]:
            for m in re.finditer(pattern, code):
                if what == "index" and DECLARATION.search(code[:m.start() - 1]):
                    continue
                yield Place(file, i, m.start(), m.end(), m.expand(text), f"{what}: '{m.group().strip()}' becomes '{m.expand(text).strip()}'")


def places_of(area, tree):
    found = []
    for pattern in AREAS[area][0]:
        for path in sorted(glob.glob(os.path.join(tree, pattern))):
            name = os.path.relpath(path, tree)
            lines = open(path, encoding="utf-8").read().split("\n")
            kind = c_places if area == "kernels" else sql_places if path.endswith(".sql") else swift_places
            found += kind(name, lines)
    return found


def spread(places, count):
    """So many of them, as many of each group as can be, evenly spaced within it."""
    groups = {}
    for place in places:
        groups.setdefault((place.file, place.group), []).append(place)
    quota = dict.fromkeys(groups, 0)
    while sum(quota.values()) < min(count, len(places)):
        quota[min((g for g in groups if quota[g] < len(groups[g])), key=lambda g: quota[g])] += 1
    chosen = [group[(2 * i + 1) * len(group) // (2 * quota[name])] for name, group in groups.items() for i in range(quota[name])]
    # Those that are compiled in together cannot lie within each other.
    return [p for i, p in enumerate(chosen) if not any(
        (p.file, p.line) == (q.file, q.line) and p.start < q.end and q.start < p.end for q in chosen[:i])]


def read(tree, file):
    with open(os.path.join(tree, file), encoding="utf-8") as handle:
        return handle.read().split("\n")


def write(tree, file, lines):
    with open(os.path.join(tree, file), "w", encoding="utf-8") as handle:
        handle.write("\n".join(lines))


def changed(lines, places, text):
    """The lines with every place replaced; `text` gives what stands there."""
    lines = list(lines)
    for place in sorted(places, key=lambda p: (p.line, -p.start)):
        line = lines[place.line]
        lines[place.line] = line[:place.start] + text(place) + line[place.end:]
    return lines


def build(tree):
    """The compiler's output; None when it built."""
    result = subprocess.run([SWIFT, "build", "-c", "release", "--build-tests"], cwd=tree, capture_output=True, text=True)
    return None if result.returncode == 0 else result.stdout + result.stderr


def survives(tree, area, mutant=None, limit=None):
    environment = {**os.environ, **({"ACTREC_MUTANT": str(mutant)} if mutant else {})}
    try:
        result = subprocess.run(
            [SWIFT, "test", "-c", "release", "--skip-build", "--filter", AREAS[area][1]], cwd=tree, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit)
    except subprocess.TimeoutExpired:
        return False  # it hangs: found
    return result.returncode == 0


def compile_in(tree, places):
    """Puts all places of Swift and SQL into the tree; those that the compiler refuses are dropped. Returns the rest."""
    originals = {place.file: read(tree, place.file) for place in places}
    for module in {os.path.join(*place.file.split("/")[:2]) for place in places if place.file.endswith(".swift")}:
        write(tree, os.path.join(module, "Mutants.swift"), HELPERS.split("\n"))
    sql = [place for place in places if place.file.endswith(".sql")]
    if sql:
        cases = []
        for place in sql:
            line = originals[place.file][place.line]
            new = changed(originals[place.file], [place], lambda p: p.text)[place.line]
            cases.append(f"        case {place.number}: return text(replacing: {place.line}, with: #\"{new}\"#)  // {len(line)}")
        write(tree, "schema/Mutants.swift", (HELPERS + """
enum MutatedSchema {
    static func text(replacing line: Int, with new: String) -> String {
        var lines = String(decoding: PackageResources.schema_sql, as: UTF8.self).components(separatedBy: "\\n")
        lines[line] = new
        return lines.joined(separator: "\\n")
    }
    static var sql: String {
        switch activeMutant {
""" + "\n".join(cases) + """
        default: return String(decoding: PackageResources.schema_sql, as: UTF8.self)
        }
    }
}
""").split("\n"))
        schema = "\n".join(read(tree, "schema/Schema.swift"))
        write(tree, "schema/Schema.swift", schema.replace(
            "public static let sql = String(decoding: PackageResources.schema_sql, as: UTF8.self)", "public static let sql = MutatedSchema.sql").split("\n"))
    left = list(places)
    while True:
        for file, lines in originals.items():
            if file.endswith(".swift"):
                write(tree, file, changed(lines, [p for p in left if p.file == file], lambda p: p.text.replace("%d", str(p.number))))
        complaint = build(tree)
        if complaint is None:
            return left
        bad = {(os.path.relpath(m.group(1), tree), int(m.group(2)) - 1) for m in re.finditer(r"(/\S+\.swift):(\d+):\d+: error:", complaint)}
        fewer = [p for p in left if (p.file, p.line) not in bad]
        if len(fewer) == len(left):
            sys.exit(f"the mutated tree does not build:\n{complaint[-3000:]}")
        left = fewer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch")
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=list(AREAS))
    parser.add_argument("--places", type=int, help="of each area; as many as AREAS says when left out")
    parser.add_argument("--match", default="", help="only those of them whose line of output matches, such as 'rotary.c:20'")
    parser.add_argument("--list", action="store_true", help="only lists the places that would be taken")
    arguments = parser.parse_args()
    tree = os.path.abspath(arguments.scratch)
    if arguments.list:
        for area in arguments.areas:
            found = places_of(area, ROOT)
            print(f"{area}: {len(found)} places")
            for place in spread(found, arguments.places or AREAS[area][2]):
                print("  " + place.describe(read(ROOT, place.file)))
        return
    os.makedirs(tree, exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, files):
        target = os.path.join(tree, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, name), target)
    # What an earlier run left: its helpers, and files that have gone since.
    for folder in ["Sources", "Tests", "Fuzz", "Examples", "schema", "queries"]:
        for name in glob.glob(folder + "/**", root_dir=tree, recursive=True):
            if name not in files and os.path.isfile(os.path.join(tree, name)):
                os.remove(os.path.join(tree, name))

    chosen, number = {}, 0
    for area in arguments.areas:
        chosen[area] = spread(places_of(area, tree), arguments.places or AREAS[area][2])
        for place in chosen[area]:
            number += 1
            place.number = number
        chosen[area] = [p for p in chosen[area] if re.search(arguments.match, p.describe(read(tree, p.file)))]
    original = {place.file: read(tree, place.file) for area in chosen for place in chosen[area]}
    compiled = compile_in(tree, [p for area in chosen if area != "kernels" for p in chosen[area]])
    survivors, tried = [], {}
    for area in arguments.areas:
        if not chosen[area]:
            continue
        start = time.monotonic()
        if not survives(tree, area):
            sys.exit(f"the tests of {area} fail without a change")
        limit = 120 + 4 * (time.monotonic() - start)
        for place in chosen[area]:
            if area == "kernels":
                write(tree, place.file, changed(original[place.file], [place], lambda p: p.text))
                complaint = build(tree)
                lives = complaint is None and survives(tree, area, limit=limit)
                write(tree, place.file, original[place.file])
            else:
                complaint = None if place in compiled else "refused by the compiler"
                lives = complaint is None and survives(tree, area, place.number, limit)
            if complaint:
                continue
            tried[area] = tried.get(area, 0) + 1
            print(f"{'SURVIVED' if lives else 'caught  '} {area} {place.describe(original[place.file])}", flush=True)
            if lives:
                survivors.append(place)
    for area, count in tried.items():
        lost = sum(1 for place in survivors if place in chosen[area])
        print(f"{area}: {count} places tried, {count - lost} caught")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
