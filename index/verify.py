"""Opens a new store in this process, which has written none of it, and checks it.

Run as `python -m index.verify STORE MODEL`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from index.embed import OnnxEmbeddings
from index.errors import IndexingError, NotReadyError
from index.store import Store
from index.units import UnitKind

_PROBES = 20


def verify(folder: Path, model: Path) -> None:
    """Checks a store: every unit has its vector, and a text finds itself.

    Raises:
        IndexingError: What failed.
    """
    with Store(folder) as store:
        units = list(store.units.values())
        if len(store.vectors([unit.id for unit in units])) != len(units):
            raise IndexingError(f"{folder}: vectors are missing")
        embeddings = OnnxEmbeddings(model)
        if embeddings.record.weights_sha256 != store.manifest.model_digest:
            raise IndexingError(f"{model}: exported from other weights than the index was built with")
        probes = units[:: max(1, len(units) // _PROBES)]
        for unit, vector in zip(probes, embeddings.encode([unit.text for unit in probes]), strict=True):
            if unit.id not in store.nearest(vector, min(3, len(units))):
                raise IndexingError(f"{folder}: '{unit.text[:60]}' does not find itself")
        if not any(unit.kind is UnitKind.SENTENCE for unit in units):
            raise IndexingError(f"{folder}: nothing to search in")


if __name__ == "__main__":
    try:
        verify(Path(sys.argv[1]), Path(sys.argv[2]))
    except (IndexingError, NotReadyError) as error:
        sys.exit(str(error))
