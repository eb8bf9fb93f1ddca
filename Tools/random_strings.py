"""Random strings that are hard on a tokenizer: every assigned scalar, white space, contractions, emoji, controls.

    strings = random_strings(20_000)            # the same strings for the same Unicode version of Python's unicodedata
"""
import random
import unicodedata

WORDS = """the of and hatred ok OK war violence hate fear spike token layer norm Variance GPT don can you we they I it
    naïve Straße façade Ελλάδα привет שלום سلام नमस्ते สวัสดี 你好 こんにちは 안녕 antidisestablishmentarianism""".split()
CONTRACTIONS = "'s 't 're 've 'm 'll 'd 'S 'T 'RE 'Ve 'M 'LL 'lL 'D 'x ' '' ’s ʼt 'ſ".split()
SPACES = [chr(c) for c in (9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
                           0x205F, 0x3000)]
LIKE_SPACES = [chr(c) for c in (0x1C, 0x1D, 0x1E, 0x1F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)]
EMOJI = """😀 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 👨🏿‍💻 🇫🇷 🇯🇵 1️⃣ ❤️ ☺︎ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🧑‍🚀""".split()
MARKS = [chr(c) for c in (0x300, 0x301, 0x308, 0x323, 0x327, 0x5B0, 0x64B, 0x94D, 0x3099, 0x20DD, 0xFE0F, 0x1D165)]
NUMBERS = list("0123456789") * 3 + list("½²³¹٣٤۵५৪๓一Ⅷⅷ①㉈０９〇") + ["𝟘", "𝟿", "𐄇", "𑁦"]
PUNCTUATION = list("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "<|endoftext|>", "://", "€", "…", "“", "”"]
CONTROLS = [chr(c) for c in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
UNIFORM = ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH", "HANGUL SYLLABLE", "TANGUT", "NUSHU", "KHITAN", "EGYPTIAN",
           "CUNEIFORM", "ANATOLIAN", "BAMUM", "YI SYLLABLE")


def deck(rng):
    """Every assigned scalar once, in shuffled runs of neighbours; of the big uniform sets one in forty.

    And one in four of the scalars that planes 0 and 1 have left: newer Unicode versions assign some of them.
    """
    scalars = []
    for c in range(0x110000):
        kind, share = unicodedata.category(chr(c)), 1.0
        if kind == "Cs":
            share = 0.0
        elif kind == "Cn":
            share = 1 / 4 if c < 0x20000 else 0.0
        elif kind == "Co" or unicodedata.name(chr(c), "").startswith(UNIFORM):
            share = 1 / 40
        if share == 1.0 or rng.random() < share:
            scalars.append(chr(c))
    runs = [scalars[i:i + 3] for i in range(0, len(scalars), 3)]
    rng.shuffle(runs)
    return ["".join(run) for run in runs]


def random_strings(count, seed=2):
    """`count` strings of 0 to 40 scalars; together they contain the whole deck."""
    rng = random.Random(seed)
    runs = deck(rng)

    def repeated(choices, most):
        return "".join(rng.choice(choices) for _ in range(rng.randint(1, most)))

    def any_scalar():  # assigned or not, surrogates apart
        c = rng.randrange(0x110000 - 0x800)
        return chr(c if c < 0xD800 else c + 0x800)

    segments = {  # each with its weight
        lambda: runs.pop() if runs else rng.choice(WORDS): 30,
        lambda: rng.choice(("", " ", " ")) + rng.choice((str, str.upper, str.title))(rng.choice(WORDS)): 16,
        lambda: rng.choice(WORDS)[:3] + rng.choice(CONTRACTIONS): 8,
        lambda: repeated(SPACES, 4): 6,
        lambda: rng.choice(SPACES) * rng.randint(2, 6): 3,
        lambda: " " * rng.randint(1, 5): 4,
        lambda: rng.choice(("\r\n", "\r\n\r\n", "\n\n", "\r", " \r\n ")): 4,
        lambda: rng.choice(LIKE_SPACES): 2,
        lambda: repeated(EMOJI, 2): 4,
        lambda: rng.choice("eaоあ한 1") + repeated(MARKS, 3): 4,
        lambda: rng.choice(("", " ")) + repeated(NUMBERS, 5): 7,
        lambda: repeated(PUNCTUATION, 3): 7,
        lambda: repeated(CONTROLS, 3): 4,
        any_scalar: 3,
    }
    kinds, weights = list(segments), list(segments.values())
    strings = []
    for _ in range(count):
        length, text = min(40, int(rng.expovariate(1 / 9))), ""
        while len(text) < length:
            text += rng.choices(kinds, weights)[0]()
        strings.append(text[:40])
    assert not runs, f"{len(runs)} runs of the deck were not dealt"
    return strings
