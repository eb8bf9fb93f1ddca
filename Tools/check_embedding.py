"""Compare sentence embeddings made from a recording with those of sentence-transformers, on a BERT directory such as MiniLM.

    python Tools/check_embedding.py DIR [TEXT ...] [--actrec .build/release/actrec]

An embedding is the mean over all tokens, [CLS] and [SEP] among them, of what leaves the last norm, divided by its length.
Where sentence-transformers is not installed, transformers and its tokenizer compute what it does. Exit status 1 when a value
differs by more than 1e-5.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

import recording

BAR = 1e-5
TEXTS = ["They said that hatred was ok.", "ok", "Of war, violence, hate and fear: the émigré's 日本 diary, 1939-45.",
         "The garden was quiet. " * 10]


def recorded(actrec, directory, texts):
    """[texts, D]"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.db")
        subprocess.run([actrec, "record", "-q", "-m", directory, "-c", "blocks.*.ln2.hook_out", "-o", path, *texts], check=True)
        db = recording.open_recording(path)
        site = db.execute("SELECT site FROM sites ORDER BY depth DESC LIMIT 1").fetchone()[0]
        rows = recording.vectors(db, recording.newest_run(db), f"{site}.hook_out")
    sequences = sorted({sequence for sequence, _, _ in rows})
    return np.stack([np.mean([v for s, _, v in rows if s == sequence], axis=0, dtype=np.float64) for sequence in sequences])


def expected(directory, texts):
    """[texts, D], and who computed it."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        import torch
        from transformers import AutoModel, AutoTokenizer

        model, tokenizer = AutoModel.from_pretrained(directory, dtype=torch.float32).eval(), AutoTokenizer.from_pretrained(directory)
        with torch.no_grad():
            vectors = [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0).numpy() for text in texts]
        return np.stack(vectors), "transformers"
    return SentenceTransformer(directory).encode(texts), "sentence-transformers"


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("texts", nargs="*", default=TEXTS)
    parser.add_argument("--actrec", default=".build/release/actrec")
    arguments = parser.parse_args()
    theirs, who = expected(arguments.directory, arguments.texts)
    difference = np.abs(unit(recorded(arguments.actrec, arguments.directory, arguments.texts)) - unit(theirs)).max()
    print(f"{len(arguments.texts)} embeddings of {theirs.shape[1]} values against {who}: largest difference {difference:.1e}, "
          f"{'ok' if difference <= BAR else 'FAIL'} at {BAR:g}")
    sys.exit(0 if difference <= BAR else 1)


if __name__ == "__main__":
    main()
