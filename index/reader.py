"""The model that reads a passage and a sentence together, in torch: its layers, and what it is fed with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.entailment import INPUTS, MAX_TOKENS, OUTPUT
from index.graph import in_8_bits, to_graph

if TYPE_CHECKING:
    import torch

_HEAD = 128


def make_reader(base: Path) -> Any:
    """The layers of a published model with a head that is still to be trained, as a torch module.

    It goes from the word vectors of pairs' tokens, their mask and which text each is of to log odds, (pairs,). Its word
    vectors are not trained.

    Args:
        base: Folder of the published model.
    """
    import torch
    from transformers import AutoModel

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(str(base), local_files_only=True)
            self.model.embeddings.word_embeddings.weight.requires_grad = False
            self.head = torch.nn.Sequential(
                torch.nn.Dropout(0.1),
                torch.nn.Linear(4 * self.model.config.hidden_size, _HEAD),
                torch.nn.Tanh(),
                torch.nn.Dropout(0.1),
                torch.nn.Linear(_HEAD, 1),
            )

        def forward(
            self, words: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
        ) -> torch.Tensor:
            tokens = self.model(
                inputs_embeds=words, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state.float()
            of_second = (attention_mask * token_type_ids).unsqueeze(-1).float()
            first = _mean(tokens, (attention_mask * (1 - token_type_ids)).unsqueeze(-1).float())
            second = _mean(tokens, of_second)
            most = (tokens - 1e4 * (1 - of_second)).amax(dim=1)
            read = torch.cat([tokens[:, 0], first - second, second, most], dim=1)
            scores: torch.Tensor = self.head(read).squeeze(-1)
            return scores

    return Reader()


class Feed:
    """Pairs of texts as a reader is fed with them.

    Args:
        base: Folder of the published model.
        reader: That has the word vectors.
    """

    def __init__(self, base: Path, reader: Any) -> None:
        from transformers import AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
        self._words = reader.model.embeddings.word_embeddings

    def __call__(self, passages: Sequence[str], sentences: Sequence[str]) -> tuple[torch.Tensor, ...]:
        read = self._tokenizer(
            list(passages),
            list(sentences),
            padding=True,
            truncation="only_first",
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        return self._words(read["input_ids"]), read["attention_mask"], read["token_type_ids"]


def write(reader: Any, file: Path) -> None:
    """Writes a reader's layers above the word vectors for ONNX Runtime, in 8 bits."""
    import onnx
    import torch

    types = torch.zeros(3, 11, dtype=torch.long)
    types[:, 6:] = 1
    words = torch.zeros(3, 11, reader.model.config.hidden_size)
    model = to_graph(reader, (words, torch.ones_like(types), types), INPUTS, [OUTPUT]).model_proto
    in_8_bits(model.graph)
    onnx.save(model, str(file))


def _mean(tokens: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    return (tokens * chosen).sum(dim=1) / chosen.sum(dim=1)
