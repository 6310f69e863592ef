"""Finding passages: embeddings, the index on disk, hybrid retrieval."""
