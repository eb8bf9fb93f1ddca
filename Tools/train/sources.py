"""The sources of the corpus: which Debian packages, and how to get plain texts out of each.

    for text in texts("wordnet", "work"): ...

Only the prose of the manuals is kept: no code, tables or navigation. Each package's licence is in its copyright file.
"""
import glob
import gzip
import html
import os
import re
import subprocess

MANUALS = ("debian-handbook/**/en-US/*.html", "debian-reference-en/**/*.html", "gimp-help-en/**/*.html",
           "git-doc/**/*.html", "rust-doc/**/book/**/*.html")
SHORTEST_ENTRY, SHORTEST_PARAGRAPH = 30, 60
VERSES = 6  # of the Bible in a text


def unpack(package, work):
    """Download a package and unpack it to work/package, once."""
    folder = os.path.join(work, package)
    if not os.path.isdir(folder):
        os.makedirs(work, exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", package], cwd=work, check=True)
        [archive] = glob.glob(os.path.join(work, f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    return folder


def files(work, *patterns):
    """The files that match, in a fixed order."""
    found = {path for pattern in patterns for path in glob.glob(os.path.join(work, pattern), recursive=True)}
    return sorted(path for path in found if os.path.isfile(path))


def read(path):
    """The text of a file; bytes that are not UTF-8 are left out."""
    with (gzip.open if path.endswith(".dz") else open)(path, "rb") as file:
        return file.read().decode("utf-8", "ignore")


def one_line(text):
    """White space of any kind and length becomes one space."""
    return re.sub(r"\s+", " ", text)


def wordnet(work):
    """"word, word: gloss; example" for every set of synonyms."""
    for path in files(work, "wordnet-base/usr/share/wordnet/data.*"):
        for line in read(path).split("\n"):
            if not line or line.startswith("  "):  # the licence
                continue
            fields, _, gloss = line.partition(" | ")
            fields = fields.split()
            words = fields[4:4 + 2 * int(fields[3], 16):2]
            yield ", ".join(re.sub(r"\(.*\)", "", word).replace("_", " ") for word in words) + ": " + gloss


def dictionaries(work):
    """The entries of four dictd dictionaries: an entry begins at the margin and goes on indented."""
    markup = re.compile(r"[{}]|\[(?:1913 Webster|PJC|Webster 1913 Suppl\.|WordNet 1\.5|RP|AS)\]")
    for path in files(work, "dict-*/usr/share/dictd/*.dict.dz"):
        text = re.sub(r"[ \t]+", " ", markup.sub("", re.sub(r"\n[ \t]+", " ", read(path))))
        yield from (entry for entry in text.split("\n") if len(entry) > SHORTEST_ENTRY)


def fortunes(work):
    """Epigrams, between lines of a per cent sign; the offensive ones left out."""
    for path in files(work, "fortunes*/usr/share/games/fortunes/**/*"):
        if not path.endswith((".dat", ".u8")) and f"{os.sep}off{os.sep}" not in path:
            yield from (re.sub(r"[ \t]+", " ", text) for text in read(path).split("\n%\n"))


def bible(work):
    """The King James Bible, a few verses a text; the package's program prints "Genesis1:1 In the beginning ..."."""
    command = ["./bible-kjv/usr/bin/bible", "-f", "-p", "bible-kjv-text/usr/lib/", "Genesis1:1-Revelation22:21"]
    printed = subprocess.run(command, cwd=work, capture_output=True, text=True, check=True).stdout
    verses = [line.partition(" ")[2] for line in printed.splitlines()]
    yield from (" ".join(verses[i:i + VERSES]) for i in range(0, len(verses), VERSES))


def manuals(work):
    """Paragraphs of HTML manuals that are mostly letters."""
    for path in files(work, *MANUALS):
        page = re.sub(r"(?s)<(script|style|pre|table|nav)\b.*?</\1>", " ", read(path))
        for paragraph in re.findall(r"(?s)<(?:p|dd|li)\b[^>]*>(.*?)</(?:p|dd|li)>", page):
            text = one_line(html.unescape(re.sub(r"(?s)<[^>]+>", "", paragraph))).strip()
            letters = sum(c.isalpha() or c == " " for c in text)
            if len(text) > SHORTEST_PARAGRAPH and letters > 0.85 * len(text):
                yield text


def perl(work):
    """Paragraphs of Perl's manual without code, headings and formatting codes."""
    for path in files(work, "perl-doc/**/*.pod"):
        for paragraph in read(path).split("\n\n"):
            text = one_line(re.sub(r"[A-Z]<+ ?([^<>]*?) ?>+", r"\1", paragraph)).strip()
            if not paragraph.startswith((" ", "\t", "=")) and len(text) > SHORTEST_PARAGRAPH:
                yield text


SOURCES = {
    "wordnet": (wordnet, ["wordnet-base"]),
    "dictionaries": (dictionaries, ["dict-gcide", "dict-foldoc", "dict-devil", "dict-jargon"]),
    "fortunes": (fortunes, ["fortunes", "fortunes-min"]),
    "bible": (bible, ["bible-kjv", "bible-kjv-text"]),
    "manuals": (manuals, ["debian-handbook", "debian-reference-en", "gimp-help-en", "git-doc", "rust-doc"]),
    "perl": (perl, ["perl-doc"]),
}


def texts(name, work):
    """Every text of a source, its packages fetched first."""
    function, packages = SOURCES[name]
    for package in packages:
        unpack(package, work)
    return function(work)
