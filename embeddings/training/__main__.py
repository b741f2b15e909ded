"""`python -m embeddings.training CORPUS`: makes the bundled model anew, step by step.

Each step leaves its result in the work folder and is skipped when that is there, so an interrupted
run goes on where it stopped. To begin again, remove the work folder, or what a step left in it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
from rich.console import Console

from embeddings.sentence_model import BUNDLED
from embeddings.training import corpus, evaluate, pairs, vocabulary
from embeddings.training.export import export
from embeddings.training.train import Recipe, train

console = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m embeddings.training", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with train/ and dev/")
    parser.add_argument("--work", type=Path, default=Path(".training"), help="where steps leave their results")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder for the finished model")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1), help="processor threads")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.work.mkdir(parents=True, exist_ok=True)

    corpus.prepare(given.corpus, given.work)
    vocabulary.build(given.work)
    pairs.encode(given.work)
    rows = train(given.work, Recipe(), given.work / "checkpoint.pt")
    export(rows, given.work / "tokenizer.json", given.out)
    console.print(f"the model is in {given.out}")
    encode = evaluate.load_encoder(given.out)
    Console().print(evaluate.table(evaluate.measure(encode, given.corpus)))


if __name__ == "__main__":
    main()
