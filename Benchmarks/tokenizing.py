"""20 MB of English text through the tokenizers of actrec and of Hugging Face, on one thread.

    Benchmarks/tokenizing.py ENGINE [--runs 7]

The text is that on which gpt2-micro was trained (Tools/train/sources.py: dictionaries and the Bible, from Debian packages), a paragraph
a line; each line is encoded alone. Seconds are the processor's, so that other programs do not count. Vocabularies are published ones (Tools/real_tokenizers.py). Hugging Face's `encode_batch_fast`, which
leaves out offsets, is its fastest call.
"""
import contextlib
import os
import pathlib
import random
import statistics
import sys
import time

import machine
import programs
import results

HERE = pathlib.Path(__file__).resolve().parent
PLACE = HERE / ".build" / "tokenizing"
SIZE = 20_000_000
SHOWN = {"gpt2-real": "byte-level BPE, GPT-2", "llama-3-real": "byte-level BPE, Llama 3's rule, Qwen's vocabulary",
         "llama-2-real": "SentencePiece BPE, Llama 2's steps, Mistral's vocabulary"}


def text():
    """The file, made once."""
    path = PLACE / "english.txt"
    if not path.exists():
        import sources

        paragraphs = [line.replace("\n", " ").strip() for name in ("dictionaries", "bible")
                      for line in sources.texts(name, str(PLACE / "packages"))]
        random.Random(0).shuffle(paragraphs)
        path.write_text("\n".join(filter(None, paragraphs)), encoding="utf-8")
        whole = path.read_bytes()[:SIZE]
        path.write_bytes(whole[:whole.rindex(b"\n") + 1])
    return path


def models():
    """A folder for each tokenizer, with a model that actrec loads."""
    if not (PLACE / "llama-2-real").exists():
        import check_pipelines
        import real_tokenizers

        for name, tokenizer in real_tokenizers.real_tokenizers().items():
            if name in SHOWN:
                (PLACE / name).mkdir(parents=True, exist_ok=True)
                tokenizer.save(str(PLACE / f"{name}.json"), pretty=False)
                check_pipelines.write_model(PLACE / name, PLACE / f"{name}.json", tokenizer.get_vocab_size())
    return {name: PLACE / name for name in SHOWN}


def serve(path):
    """Hugging Face's side of the protocol of programs.py: `tokenize FILE`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    for line in sys.stdin:
        lines = pathlib.Path(line.split()[1]).read_bytes().decode("utf-8").split("\n")[:-1]
        start = time.process_time()
        tokenizer.encode_batch_fast(lines, add_special_tokens=False)
        print(time.process_time() - start, flush=True)


def main():
    if sys.argv[1] == "--serve":
        return serve(sys.argv[2])
    sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE.parent / "Tools" / "train")]
    arguments = programs.parser(__doc__, "engine").parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    os.chdir(HERE.parent)
    file = text()
    megabytes = file.stat().st_size / 1e6
    table = results.Measurement("Tokenizing 20 MB of English", arguments)
    table(f"MB for each second of the processor, on one thread; {megabytes:.1f} MB, a paragraph at a time: median and range of "
          f"{arguments.runs}.")
    table()
    table("| tokenizer | actrec | Hugging Face tokenizers | ratio |\n|---|---:|---:|---:|")
    environment = machine.environment(arguments.isa) | {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"}
    for name, folder in models().items():
        with contextlib.ExitStack() as stack:
            everyone = [
                stack.enter_context(programs.Program("actrec", [arguments.engine, str(folder), "1"], environment)),
                stack.enter_context(programs.Program(
                    "Hugging Face", [sys.executable, __file__, "--serve", f"{folder}/tokenizer.json"], environment))]
            rates = [[], []]
            for turn in range(arguments.runs + 1):  # the first warms up
                times = [program("tokenize", file) for program in everyone]
                if turn:
                    for rate, seconds in zip(rates, times, strict=True):
                        rate.append(megabytes / seconds)
        medians = [statistics.median(rate) for rate in rates]
        table(f"| {SHOWN[name]} | {results.median_and_range(rates[0], 1)} | {results.median_and_range(rates[1], 1)} | "
              f"{medians[0] / medians[1]:.1f} |")
    table.save()
    return 0


if __name__ == "__main__":
    main()
