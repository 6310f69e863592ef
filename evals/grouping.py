"""How well questions that mean the same are grouped, by how far apart they may be: python -m evals.grouping."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, pair_confusion_matrix

from bot.chain import FaqChain
from bot.settings import load_settings
from evals.questions import Split, load_sets
from index.embed import Vectors

DISTANCES = (0.3, 0.35, 0.4, 0.45, 0.5)


def agreement(vectors: Vectors, meanings: Sequence[object], far: float) -> tuple[float, float, float]:
    """How groups by average linkage agree with known meanings.

    Source: Hubert & Arabie (1985), "Comparing partitions".

    Args:
        vectors: (n, dim), rows of length 1.
        meanings: What each means; equal where they mean the same.
        far: Mean cosine distance above which groups stay apart.

    Returns:
        The adjusted Rand index, in [-0.5, 1]; of the pairs put together, the share that mean the same; of the
        pairs that mean the same, the share put together.
    """
    clustering = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=far)
    found = clustering.fit_predict(vectors)
    numbers = {meaning: number for number, meaning in enumerate(dict.fromkeys(meanings))}
    known = [numbers[meaning] for meaning in meanings]
    (_, wrong), (left, right) = pair_confusion_matrix(known, found)
    return adjusted_rand_score(known, found), right / max(1, right + wrong), right / max(1, right + left)


def main() -> None:
    """Prints a line for each distance, for dev and test."""
    embeddings = FaqChain.open(load_settings()).retriever.embeddings
    for split in (Split.DEV, Split.TEST):
        cases = [case for case in load_sets(["answerable"], split)["answerable"] if case.facts and not case.history]
        vectors = embeddings.encode([case.q for case in cases])
        for far in DISTANCES:
            index, precision, recall = agreement(vectors, [case.facts for case in cases], far)
            print(f"{split} {far:.2f}: adjusted Rand {index:.3f}, pairs right {precision:.2f}, found {recall:.2f}")


if __name__ == "__main__":
    main()
