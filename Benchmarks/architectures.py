"""Times actrec's forward pass of a BERT and a Llama beside transformers': the same float32 weights, tokens and threads.

    Benchmarks/architectures.py ENGINE MINILM SMOLLM2 [--threads 2] [--runs 7] [--isa avx2]

MINILM is a directory in Hugging Face layout, SMOLLM2 one with a GGUF file: actrec reads its quantized weights as they are,
transformers converts them to float32 when it loads them.
"""
import peers
import programs
import results


def main():
    arguments = programs.parser(__doc__, "engine", "minilm", "smollm2").parse_args()
    table = results.Measurement("BERT and Llama", arguments)
    table("The samples of `make samples`; passes end at the final norm.")
    table()
    table("| model | tokens | actrec, tokens/s | transformers, tokens/s | times as fast |\n|---|---:|---:|---:|---|")
    for name, path, lengths in (("MiniLM", arguments.minilm, (512, 128, 16)), ("SmolLM2-135M", arguments.smollm2, (1024, 128, 16))):
        with programs.engine(arguments, path) as actrec, programs.start(arguments, peers.PEERS, "transformers", path) as transformers:
            for tokens in lengths:
                ours, theirs = programs.rounds([actrec, transformers], arguments.runs, "forward", tokens)
                table(f"| {name} | {tokens:,} | {programs.median_rate(tokens, ours):,.0f} | {programs.median_rate(tokens, theirs):,.0f} | "
                      f"{results.median_and_range(programs.ratios(theirs, ours))} |")
    table.save()


if __name__ == "__main__":
    main()
