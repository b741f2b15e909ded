"""The training pairs: which sources there are, how they are grouped, and their cleaned form on disk.

A corpus folder holds `train/NAME.tsv.gz`, one pair a line, left TAB right. Cleaning and
normalising a million pairs takes a minute or two and never depends on the model, so it is done
once and kept in the work folder, one plain `NAME.tsv` for each source.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import track

from embeddings.text import normalise

console = Console(stderr=True)

GROUPS: dict[str, tuple[str, ...]] = {
    "sentences": (
        "antd_docs",
        "cncf_glossary",
        "d2l_docs",
        "darxiv_sents",
        "esp_idf_docs",
        "hypha_ui",
        "k8s_docs",
        "mindspore_docs",
        "neuron_docs",
        "python_docs",
        "react_docs",
        "sdg_goals",
        "tatoeba_cmn_20k",
        "tico19",
    ),
    "titles_and_summaries": ("darxiv_abstracts", "darxiv_titles", "darxiv_tldr_title"),
    "needs_and_solutions": (
        "method_zh_solution_en",
        "motivation_zh_need_en",
        "need_zh_solution_en",
        "solution_zh_need_en",
    ),
    "dictionaries": (
        "cc_cedict",
        "dbp15k_titles",
        "ecdict_small",
        "hpo_zh",
        "ipc_titles",
        "nsfc_disciplines",
        "tico19_terms",
    ),
    "one_language": (
        "csl_abstract_halves",
        "csl_dev_title_abstract",
        "csl_keywords_abstract",
        "csl_need_solution_zh",
        "ipc_zh_hierarchy",
        "need_solution_en",
        "need_solution_zh",
        "sbir_title_abstract",
        "sbir_topic_title_desc",
    ),
}
"""Every source, by the kind of pair it holds. A source that is not named here is not used."""

SOURCES = tuple(name for names in GROUPS.values() for name in names)

Pair = tuple[str, str]

_LONGEST = 4000
"""Characters kept of a text: a few abstracts are whole reports, and the rest of them adds nothing."""

_BOILERPLATE = 100
"""A text met more often than this in one source is a failure message or a phrase that says nothing."""


def read_pairs(path: Path) -> Iterator[Pair]:
    """Pairs of a source as published. A line without exactly one TAB is damaged and skipped."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 2:
                yield cells[0], cells[1]


def clean(pairs: Iterator[Pair]) -> list[Pair]:
    """Normalised pairs in order, without repeats, empty or equal sides and boilerplate.

    Simplified and traditional head words of a dictionary are one pair once normalised.
    """
    normal = dict.fromkeys((normalise(left)[:_LONGEST], normalise(right)[:_LONGEST]) for left, right in pairs)
    lefts = Counter(left for left, _ in normal)
    rights = Counter(right for _, right in normal)
    return [
        (left, right)
        for left, right in normal
        if left and right and left != right and max(lefts[left], rights[right]) <= _BOILERPLATE
    ]


def prepare(corpus: Path, work: Path) -> None:
    """Writes the cleaned pairs of every source into `work/pairs`; sources already there are kept."""
    folder = work / "pairs"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in SOURCES if not (corpus / "train" / f"{name}.tsv.gz").is_file()]
    if missing:
        raise FileNotFoundError(f"no such source in {corpus / 'train'}: {', '.join(missing)}")
    wanted = [name for name in SOURCES if not (folder / f"{name}.tsv").exists()]
    wanted.sort(key=lambda name: -(corpus / "train" / f"{name}.tsv.gz").stat().st_size)
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        jobs = [pool.submit(_prepare_one, corpus / "train" / f"{n}.tsv.gz", folder / f"{n}.tsv") for n in wanted]
        for job in track(jobs, "cleaning the sources", console=console):
            job.result()


def _prepare_one(source: Path, target: Path) -> None:
    text = "".join(f"{left}\t{right}\n" for left, right in clean(read_pairs(source)))
    draft = target.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)


def prepared_pairs(work: Path, name: str) -> list[Pair]:
    """The cleaned pairs of one source, as `prepare` wrote them."""
    lines = (work / "pairs" / f"{name}.tsv").read_text(encoding="utf-8").split("\n")
    pairs = (line.partition("\t") for line in lines if line)
    return [(left, right) for left, _, right in pairs]
