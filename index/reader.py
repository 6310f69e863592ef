"""A model that reads texts whole, in torch: its layers, and what it is fed with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.graph import in_8_bits, to_graph
from index.layers import INPUTS, MAX_TOKENS, OUTPUT

if TYPE_CHECKING:
    import torch

_HEAD = 128


def make_reader(base: Path, classes: int, *, pairs: bool) -> Any:
    """The layers of a published model with a head that is still to be trained, as a torch module.

    It goes from the word vectors of the tokens, their mask and which text each is of to the log odds of each class,
    (texts, classes). Its word vectors are not trained.

    Args:
        base: Folder of the published model.
        classes: How many there are beside none.
        pairs: Whether it reads two texts together.
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
                torch.nn.Linear((4 if pairs else 3) * self.model.config.hidden_size, _HEAD),
                torch.nn.Tanh(),
                torch.nn.Dropout(0.1),
                torch.nn.Linear(_HEAD, classes),
            )

        def forward(
            self, words: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
        ) -> torch.Tensor:
            tokens = self.model(
                inputs_embeds=words, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state.float()
            last = (attention_mask * token_type_ids if pairs else attention_mask).unsqueeze(-1).float()
            mean, most = _mean(tokens, last), (tokens - 1e4 * (1 - last)).amax(dim=1)
            first = (attention_mask * (1 - token_type_ids)).unsqueeze(-1).float()
            apart = [_mean(tokens, first) - mean] if pairs else []
            scores: torch.Tensor = self.head(torch.cat([tokens[:, 0], *apart, mean, most], dim=1))
            return scores

    return Reader()


class Feed:
    """Texts as a reader is fed with them.

    Args:
        base: Folder of the published model.
        reader: That has the word vectors.
    """

    def __init__(self, base: Path, reader: Any) -> None:
        from transformers import AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
        self._words = reader.model.embeddings.word_embeddings

    def __call__(self, texts: Sequence[tuple[str, ...]]) -> tuple[torch.Tensor, ...]:
        """The inputs for texts, or for pairs of them, each in a tuple."""
        columns = map(list, zip(*texts, strict=True))
        read = self._tokenizer(
            *columns, padding=True, truncation="only_first", max_length=MAX_TOKENS, return_tensors="pt"
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
