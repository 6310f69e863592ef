"""Answering: from a question to a Reply, and the faces that show it."""
