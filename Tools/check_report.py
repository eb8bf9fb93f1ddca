"""Drive a report in headless Chromium: no console message, nothing fetched, and what a reader can do works.

    actrec report run.db -o report.html
    python Tools/check_report.py report.html [--shots DIR] [--chromium /usr/bin/chromium]

Needs playwright (any Chromium will do; its own need not be downloaded). Checked: the slider by keyboard changes site and
colours; clicking a token, or Enter on it, adds a curve and taking it out removes it; position 0 is in no colour step; arrow
keys move through tokens and cells; each <details> opens to its SQL and rows, and what is copied has every row; every text
has AA contrast in both themes; nothing is wider than the window. With --shots: full-page screenshots at 1280 and 390
pixels, light and dark, and a PDF of the print.
"""
import argparse
import csv
import io
import itertools
import os
import pathlib

from playwright.sync_api import sync_playwright

AA_CONTRAST = 4.5
MARK_CONTRAST = 3
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")

# Texts with less contrast than AA to what is painted behind them. Transparent backgrounds let the next one through.
LOW_CONTRAST = """
limit => {
  const numbers = colour => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  const seen = new Map();
  const rgba = colour => { if (!seen.has(colour)) seen.set(colour, numbers(colour)); return seen.get(colour); };
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest('.unseen, script, noscript, title')) continue;
    const style = getComputedStyle(node);
    const ink = rgba(node.namespaceURI.endsWith('svg') ? style.fill : style.color);
    let at = node, paper = [0, 0, 0, 0];
    while (at && paper[3] < 255) { paper = rgba(getComputedStyle(at).backgroundColor); at = at.parentElement; }
    const [low, high] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < limit) bad.add(`${node.tagName}.${node.getAttribute('class')} ${ratio.toFixed(2)}`);
  }
  return [...bad];
}
"""

# Marks of the pictures with less contrast than 3 to 1 to the page: lines, dots, bars and intervals.
LOW_MARKS = LOW_CONTRAST[:LOW_CONTRAST.index("  const walker")] + """
  const paper = rgba(getComputedStyle(document.documentElement).backgroundColor);
  for (const node of document.querySelectorAll('svg .line, svg .dot, svg .bar, svg .whisker')) {
    const style = getComputedStyle(node);
    const mark = rgba(style.stroke === 'none' ? style.fill : style.stroke);
    const [low, high] = [luminance(mark), luminance(paper)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < limit) bad.add(`${node.getAttribute('class')} ${ratio.toFixed(2)}`);
  }
  return [...bad];
}
"""

# What is drawn beyond the edges of its picture, and pictures beyond those of their column.
OUTSIDE = """
() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect(), column = svg.closest('figure').getBoundingClientRect(), id = svg.closest('[data-picture]').dataset.picture;
  const beyond = [...svg.querySelectorAll('*')].filter(node => {
    const at = node.getBoundingClientRect();
    if (!at.width && !at.height) return false;
    return at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1;
  }).map(node => `${id}: ${node.tagName} ${node.textContent || node.getAttribute('class')}`);
  if (box.right > column.right + 1) beyond.push(`${id}: wider than its column`);
  return beyond;
})
"""


def opened(browser, url, width=1280, scheme="light", touch=False):
    """A page, and the list of what went wrong on it so far."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, has_touch=touch)
    page = context.new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda request: wrong.append(f"request: {request.url}") if request.url != url else None)
    page.goto(url)
    return page, wrong


def has(page, section):
    return page.locator(f"#{section}").count() > 0


def check_text(page):
    """The slider, the colours and the tokens."""
    classes = "nodes => nodes.map(node => node.className)"
    tokens = page.locator("#text .tokens .token")
    slider, output = page.locator("#site"), page.locator("#text output")
    before, site = tokens.evaluate_all(classes), output.inner_text()
    slider.focus()
    page.keyboard.press("Home")
    assert output.inner_text() != site, "Home did not move the slider"
    assert slider.get_attribute("aria-valuetext") == output.inner_text()
    later = page.evaluate("tokens.filter(token => token.position > 0).length")
    assert later < 3 or tokens.evaluate_all(classes) != before, "the slider did not change a colour"
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "1"

    steps = tokens.evaluate_all("nodes => nodes.map(node => [tokens[nodes.indexOf(node)].position, node.className])")
    for position, names in steps:
        assert ("sink" in names) == (position == 0), (position, names)
    highest = page.evaluate("""() => { const later = tokens.filter(t => t.position > 0 && varianceOf(t, choice.site) !== null);
        return later.length ? later.reduce((a, b) => varianceOf(b, choice.site) > varianceOf(a, choice.site) ? b : a).index : null; }""")
    if highest is not None:
        assert "v11" in tokens.nth(highest).get_attribute("class")

    tokens.nth(0).hover()
    assert "position 0" in page.locator(".readout").inner_text()
    wanted = page.evaluate("tokens.findIndex((token, i) => !choice.tokens.includes(i))")
    if wanted >= 0:
        lines = page.locator("[data-picture=curves] svg polyline")
        count = lines.count()
        tokens.nth(wanted).click()
        assert lines.count() == count + 1, "a click added no curve"
        assert tokens.nth(wanted).get_attribute("aria-selected") == "true"
        page.keyboard.press("Enter")
        assert lines.count() == count, "Enter did not take the curve away"
    tokens.nth(0).evaluate("node => node.focus()")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("‘")
    assert tokens.evaluate_all("nodes => nodes.filter(node => node.tabIndex === 0).length") == 1
    return f"{tokens.count()} tokens, {int(slider.get_attribute('max')) + 1} sites"


def check_heatmap(page):
    canvas, hint = page.locator("[data-picture=heatmap] canvas"), page.locator("[data-picture=heatmap] .hint")
    painted = "node => node.toDataURL()"
    before = canvas.evaluate(painted)
    page.locator("[data-picture=heatmap] input[type=radio]").nth(1).check()
    later = page.evaluate("tokens.filter(token => token.position > 0).length")
    assert later == 0 or canvas.evaluate(painted) != before, "the other scale painted the same picture"
    canvas.focus()
    first = hint.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert hint.inner_text() != first and "variance" in hint.inner_text()
    return hint.inner_text()


# For each picture: marks that it must hold, and how many, from the tables of the page.
SITES = "new Set(rowsOf('{0}').map(row => row.site)).size"
SHOWS = {
    "count": (".dot", "rowsOf('how_many_statistics').filter(row => row.pairs > 0).length"),
    "axis": (".bar.norm", "2 * " + SITES.format("normalization_axis")),
    "contexts": (".line", "['spread_same', 'spread_different'].filter(name => rowsOf('context_independence').some(row => row[name] !== null)).length"),
    "compare": (".whisker", "rowsOf('compare').filter(row => row.ci_low !== null).length"),
    "kurtosis": (".dot", "rowsOf('compare').length"),
    "curves": (".line", "choice.tokens.length"),
    "before_and_after": (".line", "3"),
    "kept": (".line", "2"),
    "schemes": (".row", "rowsOf('normalization_schemes').length * document.querySelectorAll('[data-picture=schemes] svg').length"),
    "gain": (".bar.gain", SITES.format("gain_and_bias")),
    "effects": (".row", "Math.min(24, rowsOf('effects').length)"),
    "edits": ("tbody tr", "Math.min(60, rowsOf('edits').length)"),
    "patch": ("td", "rowsOf('patch').length"),
    "ablation": ("td", "rowsOf('ablation').length"),
    "heads": ("td", "2 * rowsOf('head_writes').length"),
    "attention": ("td", "rowsOf('attention_sink').length"),
    "shares": ("svg", "Math.max(1, choice.tokens.length)"),
    "heatmap": ("canvas", "1"),
    "text": (".token[role=option]", "tokens.length"),
}


def check_pictures(page):
    """Every picture shows what its table holds."""
    pictures = page.locator("[data-picture]")
    names = pictures.evaluate_all("nodes => nodes.map(node => node.dataset.picture)")
    for name in names:
        selector, wanted = SHOWS[name]
        count, wanted = page.locator(f"[data-picture={name}] {selector}").count(), page.evaluate(wanted)
        assert count == wanted > 0, f"{name}: {count} of {selector}, not {wanted}"
    order = page.locator("main h2 .count").all_inner_texts()
    assert order == sorted(order), f"the questions stand in the order {order}"
    findings = page.locator("section .finding").all_inner_texts()
    assert all(any(c.isdigit() for c in text) for text in findings), findings
    assert page.locator("main > section").last.get_attribute("id") == "file", "facts about the file do not stand last"
    top = page.locator(".tokens").bounding_box()["y"] if has(page, "text") else 0
    assert top < 900, f"the text begins {top:.0f} pixels down"
    return ", ".join(names)


def check_pointing(page, width):
    """A tap on a picture, and the arrow keys, show numbers inside the window."""
    total = 0
    for picture in page.locator("figure svg[tabindex]").all():
        picture.scroll_into_view_if_needed()
        tip = picture.locator("xpath=..").locator(".tip")
        box = picture.bounding_box()
        picture.tap(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
        for way in ("tap", "keys"):
            if way == "keys":
                picture.focus()
                page.keyboard.press("End")
            assert tip.is_visible() and any(c.isdigit() for c in tip.inner_text()), f"{way}: no numbers on {picture.get_attribute('aria-label')}"
            at = tip.bounding_box()
            assert at["x"] >= -1 and at["x"] + at["width"] <= width + 1, f"{way}: numbers beyond the window, {at}"
            box = picture.bounding_box()
            assert at["y"] < box["y"] + box["height"] and at["y"] + at["height"] > box["y"], f"{way}: numbers beside their picture, {at}"
        page.keyboard.press("Escape")
        assert not tip.is_visible()
        total += 1
    canvas = page.locator("[data-picture=heatmap] canvas")
    if canvas.count():
        canvas.tap(position={"x": 60, "y": 20})
        assert "variance" in page.locator("[data-picture=heatmap] .hint").inner_text()
        total += 1
    for cell in page.locator(".grid td").all()[-1:]:
        cell.tap()
        assert "layer" in cell.locator("xpath=ancestor::figure").locator(".hint").last.inner_text().lower()
        total += 1
    token = page.locator("#text .token[role=option]").last
    if token.count():
        token.tap()
        assert "position" in page.locator(".readout").inner_text()
    return f"{total} pictures answer"


def check_sources(page):
    """Every <details>: SQL, rows, and that the copies are whole."""
    total = 0
    for details in page.locator("details.source").all():
        details.locator("summary").click()
        name = details.get_attribute("data-table")
        rows = page.evaluate("name => tables.get(name).rows", name)
        assert "SELECT" in details.locator("pre").inner_text()
        assert details.locator("tbody tr").count() == min(rows, 50)
        commas = page.evaluate("name => asText(tables.get(name), csvField, ',')", name)
        tabs = page.evaluate("name => asText(tables.get(name), tsvField, '\\t')", name)
        read = list(csv.reader(io.StringIO(commas, newline="")))
        assert len(read) == rows + 1 and len({len(row) for row in read}) == 1, name
        assert tabs.count("\n") == rows + 1, name
        total += rows
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if page.locator("details.source").count():
        page.get_by_role("button", name="Copy rows as TSV").first.click()
        page.get_by_role("button", name="Copied").first.wait_for()
        assert "\t" in page.evaluate("navigator.clipboard.readText()")
    return f"{page.locator('details.source').count()} statements, {total:,} rows"


def check_alternatives(page):
    pictures = page.locator("figure svg, figure canvas")
    labels = pictures.evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label') ?? '')")
    assert all(len(label) > 20 for label in labels), labels
    return f"{len(labels)} pictures described"


def check_policy(page):
    """Markup that slipped in would stay dead."""
    return page.evaluate("""async () => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        const image = document.createElement('img');
        const refused = new Promise(done => { image.onerror = () => done(true); image.onload = () => done(false); });
        image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
        document.body.append(script, image);
        return await refused && window.ran === undefined;
    }""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report")
    parser.add_argument("--shots", help="folder for screenshots")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    url = pathlib.Path(options.report).resolve().as_uri()
    name = pathlib.Path(options.report).stem
    if options.shots:
        os.makedirs(options.shots, exist_ok=True)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for width, scheme in itertools.product(WIDTHS, SCHEMES):
            page, wrong = opened(browser, url, width, scheme)
            if options.shots:
                page.screenshot(path=f"{options.shots}/{name}-{width}-{scheme}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{wide} pixels wide in a window of {width}"
            low = page.evaluate(LOW_CONTRAST, AA_CONTRAST) + page.evaluate(LOW_MARKS, MARK_CONTRAST)
            assert not low, f"{scheme}, {width}: low contrast: {low}"
            beyond = page.evaluate(OUTSIDE)
            assert not beyond, f"{width}: drawn outside its box: {beyond}"
            if width == WIDTHS[0] and scheme == "dark" and options.shots:
                page.pdf(path=f"{options.shots}/{name}.pdf")
            assert not wrong, wrong
            page.context.close()
        for width in WIDTHS:
            page, wrong = opened(browser, url, width, touch=True)
            print(f"{width}: {check_pictures(page)}; {check_pointing(page, width)}")
            assert not wrong, wrong
            page.context.close()
        page, wrong = opened(browser, url)
        if page.evaluate("sites.length") > 0:
            print(f"text: {check_text(page)}")
            print(f"heatmap: {check_heatmap(page)}")
        print(f"sources: {check_sources(page)}")
        print(f"alternatives: {check_alternatives(page)}")
        assert not wrong, wrong
        assert check_policy(page), "a script or an image that was put in came alive"
        browser.close()
    print(f"{name}: {os.path.getsize(options.report):,} bytes, no console message, nothing requested")


if __name__ == "__main__":
    main()
