"""Encoders that run in this process, through sentence-transformers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.base import Vectors
from embeddings.text import normalise

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = Path(__file__).parent / "bundled"
_BUNDLED_NAME = "jiebang-static-v1"

_STATIC_BATCH = 512
_TRANSFORMER_BATCH = 32


class SentenceModel:
    """Implements `embeddings.base.Encoder` for a model's folder or its name on the Hugging Face hub.

    The model is loaded at the first use, because torch takes seconds to import: a server can accept
    requests before. `load` does it at a time of one's choosing.

    Every text goes through `embeddings.text.normalise`, for any model: the bundled one knows
    simplified Chinese only, and no multilingual model is known to do worse with it than with
    traditional, while one form gives one vector.
    """

    def __init__(self, name_or_folder: str | Path = BUNDLED) -> None:
        self._name = str(name_or_folder)
        folder = Path(name_or_folder)
        self._is_folder = (folder / "modules.json").is_file()
        if not self._is_folder and (folder.is_absolute() or folder.exists()):
            raise ValueError(f"{folder} is not the folder of a sentence-transformers model (no modules.json)")
        self._model_id = _folder_id(folder) if self._is_folder else self._name
        self._loading = threading.Lock()
        self._encoding = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._batch = _TRANSFORMER_BATCH

    @property
    def model_id(self) -> str:
        """For a folder its name and a hash of everything in it that the vectors depend on.

        A name on the hub is taken for itself: pin the model by giving a folder.
        """
        return self._model_id

    @property
    def dimension(self) -> int:
        model = self.load()
        # sentence-transformers 6 has renamed the method; 5 knows only the old name.
        measure = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
        return int(measure() or 0)

    def encode_queries(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """`progress` is called after each batch with the number of texts done."""
        return self._encode(self.load().encode_query, texts, progress)

    def encode_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """`progress` is called after each batch with the number of texts done."""
        return self._encode(self.load().encode_document, texts, progress)

    def load(self) -> SentenceTransformer:
        """The model itself. Raises RuntimeError where it cannot be found or read."""
        with self._loading:
            if self._model is None:
                from sentence_transformers import SentenceTransformer

                try:
                    self._model = SentenceTransformer(self._name)
                except Exception as error:  # the library raises whatever its parts raise
                    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                    raise RuntimeError(f"the model {self._name} cannot be loaded: {reason}") from error
                if type(self._model[0]).__name__ == "StaticEmbedding":
                    self._batch = _STATIC_BATCH
                    # In half precision, as it is stored, a text of unknown words divides 0 by 0.
                    self._model.float()
                    # Its sums are so small that waking threads for each takes longer than they do; cutting
                    # texts into tokens, where the time goes, uses all cores by itself.
                    import torch

                    torch.set_num_threads(1)
            return self._model

    def _encode(
        self,
        encode: Callable[..., object],
        texts: Sequence[str],
        progress: Callable[[int], None] | None,
    ) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        step = self._batch * 4  # the library sorts what it is given by length: some room to sort in
        for start in range(0, len(texts), step):
            part = [normalise(text) for text in texts[start : start + step]]
            filled = [i for i, text in enumerate(part) if text]
            if filled:
                # One call at a time: fast tokenizers refuse to be used by two threads at once.
                with self._encoding:
                    found = encode(
                        [part[i] for i in filled],
                        batch_size=self._batch,
                        normalize_embeddings=True,
                        show_progress_bar=False,
                        convert_to_numpy=True,
                    )
                rows = np.asarray(found, np.float32)
                if not np.isfinite(rows).all():
                    raise RuntimeError(f"the model {self._name} gave a vector that is not finite")
                vectors[start + np.array(filled)] = rows
            if progress:
                progress(min(start + step, len(texts)))
        return vectors


def _folder_id(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model", ".pt", ".onnx"} and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    name = _BUNDLED_NAME if folder.resolve() == BUNDLED.resolve() else folder.resolve().name
    return f"{name}-{digest.hexdigest()[:12]}"
