"""Learns one vector for each vocabulary entry, so that the two texts of a pair point the same way.

A text's vector is the mean of its entries' vectors. In a batch, each text must find its partner
among all partners (in-batch negatives, both directions). Only the rows that a batch touches are
computed and changed: a step costs the same whatever the size of the vocabulary, and a rare word
is not carried on by the momentum of its last appearance.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch.nn import functional

from embeddings.training import pairs
from embeddings.training.parts import Parts, word_parts

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out, beside the data. A checkpoint of another one is refused."""

    seed: int = 20261122
    dimension: int = 256
    steps: int = 3500
    batch: int = 2048
    rate: float = 1e-2
    warm_up: int = 100
    temperature: float = 1 / 16
    drop: float = 0.2
    longest: int = 128
    frequency: float = 1e-3
    """A word that makes up this share of all text starts at half the length of a rare one."""
    share: float = 0.7
    """How much of its parts' rows goes into a word's vector."""
    checkpoint_every: int = 250


_DECAYS = (0.9, 0.999)


@dataclass(slots=True)
class State:
    """Rows and their running means of gradients (Adam), each of shape (entries, dimension)."""

    rows: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    step: int

    def save(self, path: Path, recipe: Recipe) -> None:
        content = {f: getattr(self, f) for f in ("rows", "first", "second", "step")}
        draft = path.with_suffix(".part")
        torch.save({**content, "recipe": asdict(recipe)}, draft)
        draft.replace(path)


def initial_state(counts: NDArray[np.int64], recipe: Recipe) -> State:
    """Random rows, the shorter the more frequent the entry is; the unknown entry (number 0) is zero."""
    generator = torch.Generator().manual_seed(recipe.seed)
    rows = torch.randn(len(counts), recipe.dimension, generator=generator) / math.sqrt(recipe.dimension)
    frequency = torch.from_numpy(counts / counts.sum()).float()
    rows *= (recipe.frequency / (recipe.frequency + frequency)).sqrt()[:, None]
    rows[0] = 0
    return State(rows, torch.zeros_like(rows), torch.zeros_like(rows), 0)


def train(work: Path, recipe: Recipe, checkpoint: Path) -> torch.Tensor:
    """Trains up to `recipe.steps` steps, on from the checkpoint where there is one; the table in use."""
    sources = pairs.load(work)
    parts = word_parts(work / "tokenizer.json", recipe.share)
    if checkpoint.exists():
        state = _resume(checkpoint, recipe)
        console.print(f"going on after step {state.step:,}")
    else:
        state = initial_state(pairs.token_counts(sources, len(parts.starts) - 1), recipe)
    # Random numbers follow from the step, so that a resumed training does not repeat its start.
    rng = np.random.default_rng([recipe.seed, state.step])
    stream = pairs.batches(sources, rng, recipe.batch, recipe.drop, recipe.longest)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=recipe.steps, completed=state.step)
        loss = 0.0
        while state.step < recipe.steps:
            left, right = next(stream)
            now = _step(state, parts, left, right, recipe)
            loss = now if not loss else 0.99 * loss + 0.01 * now
            progress.update(task, completed=state.step, description=f"training, loss {loss:.3f}")
            if state.step % recipe.checkpoint_every == 0 or state.step == recipe.steps:
                state.save(checkpoint, recipe)
    return folded(state.rows, parts)


def _resume(checkpoint: Path, recipe: Recipe) -> State:
    content = torch.load(checkpoint, weights_only=True)
    if content.pop("recipe") != asdict(recipe):
        raise ValueError(f"{checkpoint} was made with another recipe: move it away to start anew")
    return State(**content)


def rate_at(step: int, recipe: Recipe) -> float:
    """Up in a line while warming up, then down in a line to 0 at the last step."""
    rising = (step + 1) / recipe.warm_up
    falling = (recipe.steps - step) / max(1, recipe.steps - recipe.warm_up)
    return recipe.rate * min(rising, falling, 1.0)


def _step(state: State, parts: Parts, left: pairs.Bags, right: pairs.Bags, recipe: Recipe) -> float:
    tokens = np.concatenate([left.tokens, right.tokens])
    entries, place = _numbered(tokens, len(state.rows))
    needed, weights, offsets = parts.of(entries)
    touched, needed_place = _numbered(needed, len(state.rows))
    touched_rows = torch.from_numpy(touched)

    rows = state.rows[touched_rows].requires_grad_()
    vectors = functional.embedding_bag(
        torch.from_numpy(needed_place),
        rows,
        torch.from_numpy(offsets),
        mode="sum",
        per_sample_weights=torch.from_numpy(weights),
    )
    cut = len(left.tokens)
    one = _texts(vectors, place[:cut], left.offsets)
    other = _texts(vectors, place[cut:], right.offsets)
    same = _same_text(left.keys, right.keys)
    loss, pulls = _loss_and_gradients(one.detach(), other.detach(), same, recipe.temperature)
    torch.autograd.backward([one, other], pulls)
    assert rows.grad is not None
    _adam(state, touched_rows, rows.grad, rate_at(state.step, recipe))
    return loss


def _numbered(ids: NDArray[np.int32] | NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different ids in order, and for each of `ids` its place among them (np.unique, without sorting)."""
    seen = np.zeros(size, dtype=bool)
    seen[ids] = True
    different = np.flatnonzero(seen)
    places = np.zeros(size, dtype=np.int64)
    places[different] = np.arange(len(different))
    return different, places[ids]


def _texts(vectors: torch.Tensor, place: NDArray[np.int64], offsets: NDArray[np.int64]) -> torch.Tensor:
    """Unit vectors of texts: the sum of their tokens' vectors points the same way as the mean."""
    sums = functional.embedding_bag(torch.from_numpy(place), vectors, torch.from_numpy(offsets), mode="sum")
    return functional.normalize(sums, dim=1)


def _loss_and_gradients(
    left: torch.Tensor, right: torch.Tensor, same: torch.Tensor, temperature: float
) -> tuple[float, list[torch.Tensor]]:
    """Mean cross entropy of finding each text's partner, both ways, and its gradient for each side.

    By hand rather than by autograd, because both directions share one matrix of exponentials: half
    the time of a step otherwise goes into copies of that matrix. Cosines never pass 1, so taking
    1 off before the exponential is all that stability needs.
    """
    size = len(left)
    chances = (left @ right.T).sub_(1.0).div_(temperature)
    own = chances.diagonal().clone()
    chances.exp_()
    chances[same[:, 0], same[:, 1]] = 0.0
    by_left, by_right = chances.sum(dim=1, keepdim=True), chances.sum(dim=0, keepdim=True)
    loss = (by_left.log().mean() + by_right.log().mean()) / 2 - own.mean()
    gradient = chances.mul_(1.0 / by_left + 1.0 / by_right).div_(2.0)
    gradient.diagonal().sub_(1.0)
    gradient.div_(size * temperature)
    return loss.item(), [gradient @ right, gradient.T @ left]


def _same_text(left: NDArray[np.int64], right: NDArray[np.int64]) -> torch.Tensor:
    """Places (i, j) that are no negatives, because text i or j of one side stands in both pairs."""
    found: list[tuple[int, int]] = []
    for keys in (left, right):
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        for group in np.split(order, ends):
            if len(group) > 1:
                found.extend((int(i), int(j)) for i in group for j in group if i != j)
    return torch.tensor(found, dtype=torch.int64).reshape(-1, 2)


def _adam(state: State, touched: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
    """One Adam step for the touched rows only."""
    state.step += 1
    one, two = _DECAYS
    first = state.first[touched].mul_(one).add_(gradient, alpha=1 - one)
    second = state.second[touched].mul_(two).addcmul_(gradient, gradient, value=1 - two)
    state.first[touched] = first
    state.second[touched] = second
    size = rate * math.sqrt(1 - two**state.step) / (1 - one**state.step)
    state.rows.index_add_(0, touched, first.div_(second.sqrt_().add_(1e-8)), alpha=-size)


def folded(rows: torch.Tensor, parts: Parts) -> torch.Tensor:
    """The table in use: each entry's row with its parts' rows added in, shape (entries, dimension)."""
    return functional.embedding_bag(
        torch.from_numpy(parts.entries),
        rows,
        torch.from_numpy(parts.starts[:-1]),
        mode="sum",
        per_sample_weights=torch.from_numpy(parts.weights),
    )
