"""How much of what the machine gives actrec's forward pass uses: of its best matrix product, and of its memory's bandwidth.

    Benchmarks/rates.py ENGINE CHECKPOINT [--threads 2] [--runs 7] [--isa avx2]

At 1,024 tokens the arithmetic bounds a pass: its rate is set against the best product of the same shapes by any library. At 16
tokens reading the weights does: their bytes over the time are set against reading an array much larger than the caches.
All of it is measured in the same rounds.
"""
import contextlib
import statistics

import libraries
import machine
import programs
import results

MANY, FEW = 1024, 16


def main():
    arguments = programs.parser(__doc__, "engine", "checkpoint").parse_args()
    shapes = libraries.shapes(arguments.checkpoint)
    parameters = sum(i * o for i, o in shapes)
    width = shapes[0][0]
    layers = len(shapes) // 4
    products = 2 * MANY * parameters
    attention = layers * 2 * MANY * (MANY + 1) * width  # q kᵀ and its product with v, each for half of the pairs
    array = max(1 << 30, 16 * machine.largest_cache())
    table = results.Measurement("What the machine gives", arguments)
    with contextlib.ExitStack() as stack:
        actrec = stack.enter_context(programs.engine(arguments, arguments.checkpoint))
        others = {kind: stack.enter_context(programs.start(arguments, libraries.LIBRARIES, kind, arguments.checkpoint))
                  for kind, library in libraries.LIBRARIES.items() if library.can_be_held or not arguments.isa}
        everyone = [actrec, *others.values()]
        rates, passes, few, read = {program.name: [] for program in everyone}, [], [], []
        for turn in range(arguments.runs + programs.WARM_UP):
            (forward,) = programs.one_round([actrec], "forward", MANY)
            (short,) = programs.one_round([actrec], "forward", FEW)
            (reading,) = programs.one_round([others["torch"]], "read", array)
            alone = programs.one_round(everyone, "products", MANY)
            if turn < programs.WARM_UP:
                continue
            passes.append((products + attention) / forward / 1e9)
            few.append(4 * parameters / short / 1e9)
            read.append(array / reading / 1e9)
            for program, seconds in zip(everyone, alone, strict=True):
                rates[program.name].append(products / seconds / 1e9)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    best = max(medians, key=medians.get)
    table(f"Matrix products of the model's own shapes at {MANY:,} rows, all {len(shapes)} weights by turns; GFLOP/s. "
          "PyTorch's product is MKL's.")
    table()
    table("| " + " | ".join(rates) + " |")
    table("|" + "---:|" * len(rates))
    table("| " + " | ".join(results.median_and_range(values, 0) for values in rates.values()) + " |")
    table()
    table("A pass with its attention at causal cost, over the best of these products; the weights of the body read once a pass, over "
          f"reading an array of {array >> 20:,} MiB.")
    table()
    table("| tokens | the pass reaches | the machine gives | share |\n|---:|---:|---:|---:|")
    reached = statistics.median(passes)
    table(f"| {MANY:,} | {reached:.0f} GFLOP/s | {medians[best]:.0f} GFLOP/s, {best} | {reached / medians[best]:.0%} |")
    reached, given = statistics.median(few), statistics.median(read)
    table(f"| {FEW} | {reached:.1f} GB/s | {given:.1f} GB/s | {reached / given:.0%} |")
    table.save()


if __name__ == "__main__":
    main()
