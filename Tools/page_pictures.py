"""Draw the pictures of README.md and docs/gallery.md from pages of the demo, by headless Chromium.

    make pictures
    python Tools/page_pictures.py ACTREC [--chromium /usr/bin/chromium] [--to docs/pictures]

Needs playwright and Pillow. Each picture is a part of a page as `actrec report` or `actrec compare --html` wrote it, in at most 256
colours, so that the files stay small.
"""
import argparse
import io
import pathlib
import subprocess
import tempfile

from PIL import Image
from playwright.sync_api import sync_playwright

LIMIT = 150_000
WIDTH = 900
# The sentences of `make demo`.
TEXTS = [
    "He said that hatred was the word.", "He said that ok was the word.", "We know that hatred never helped.",
    "We know that ok never helped.", "It is only hatred.", "It is only ok.", "They spoke of war violence hate fear and nothing else.",
]
# A picture: its name, the page it is from, and the figures that it shows of one section.
PICTURES = [
    ("words", "words", "words", ["compare", "kurtosis"]),
    ("axis", "run", "axis", ["axis"]),
    ("lost", "run", "lost", ["before_and_after", "kept"]),
    ("schemes", "schemes", "schemes", ["schemes"]),
    ("shares", "run", "shares", ["shares"]),
]

# Hides all of a section but its heading, its answer, and these figures without captions and sources.
ONLY = """
([id, figures]) => {
  const section = document.getElementById(id);
  let kept = true;
  for (const node of section.children) {
    if (node.tagName === 'H3') { kept = figures.includes(node.nextElementSibling.querySelector('[data-picture]').dataset.picture); node.hidden = !kept; }
    else if (node.tagName === 'FIGURE') { node.hidden = !figures.includes(node.querySelector('[data-picture]').dataset.picture); }
    else if (node.classList.contains('sources')) { node.hidden = true; }
  }
  for (const caption of section.querySelectorAll('figcaption')) caption.hidden = true;
  section.style.margin = '0';
  section.style.padding = '20px 16px 16px';
}
"""

# The README's picture: title, answer and coloured text, and question 4, one below the other.
FRONT = """
() => {
  for (const node of document.querySelectorAll('main > *')) node.hidden = !['text', 'words'].includes(node.id);
  document.querySelector('.tokens').style.maxHeight = '214px';
  document.querySelector('.tokens').style.overflow = 'hidden';
  for (const node of document.querySelectorAll('#text .finding, #text figcaption, #text .sources, #text .readout, #text h2, #words .finding, #words h3')) node.hidden = true;
  document.getElementById('words').style.padding = '0';
  document.getElementById('text').style.marginTop = '0';
  document.body.style.padding = '24px';
}
"""


def saved(data, place):
    """The picture with a palette, where it is below the limit."""
    Image.open(io.BytesIO(data)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(place, optimize=True)
    size = place.stat().st_size
    assert size < LIMIT, f"{place}: {size:,} bytes"
    print(f"{place}: {size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("actrec")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--to", default="docs/pictures")
    options = parser.parse_args()
    folder = pathlib.Path(options.to)
    folder.mkdir(parents=True, exist_ok=True)

    def actrec(*arguments):
        subprocess.run([options.actrec, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        work = pathlib.Path(temporary)
        actrec("record", "-q", "-c", "stats,loss,shares", "-o", work / "run.db", *TEXTS)
        actrec("schemes", "-q", "-o", work / "schemes.db", *TEXTS)
        for name in ("run", "schemes"):
            actrec("report", work / f"{name}.db", "-o", work / f"{name}.html")
        actrec("compare", "hatred", "ok", "--html", work / "words.html")
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])

        def opened(name):
            page = browser.new_context(viewport={"width": WIDTH, "height": 900}, device_scale_factor=1.5).new_page()
            page.goto((work / f"{name}.html").as_uri())
            return page

        page = opened("words")
        page.evaluate(ONLY, ["words", ["compare"]])
        page.evaluate(FRONT)
        saved(page.locator("body").screenshot(), folder / "page.png")
        for picture, name, section, figures in PICTURES:
            page = opened(name)
            page.evaluate(ONLY, [section, figures])
            saved(page.locator(f"#{section}").screenshot(), folder / f"{picture}.png")
        browser.close()


if __name__ == "__main__":
    main()
