"""Writes the trained table as a sentence-transformers folder, half precision."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer


def export(rows: torch.Tensor, tokenizer: Path, folder: Path) -> None:
    """Writes the model into `folder`; a card (README.md) that stands there already is kept.

    Rows are scaled so that the longest has length 1: only directions and proportions count, and
    half precision has room for every number then.
    """
    rows = (rows / rows.norm(dim=1).max()).half()
    static = StaticEmbedding(Tokenizer.from_file(str(tokenizer)), embedding_weights=rows.float())
    static.embedding.weight.data = rows
    model = SentenceTransformer(modules=[static, Normalize()], device="cpu")
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    model.save(str(draft), create_model_card=False)
    # The library indents the tokenizer's 80,000 entries, which doubles its size.
    shutil.copyfile(tokenizer, draft / "tokenizer.json")
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(path for path in draft.rglob("*") if path.is_file()):
        target = folder / file.relative_to(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Contents only: the weights come out readable for their owner alone.
        shutil.copyfile(file, target)
    shutil.rmtree(draft)
