"""What may be said: the clinic's article, its sources, and how they are read and split."""
