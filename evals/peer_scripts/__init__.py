"""Other ways to find passages, each run by an environment of its own; imports none of ours but for ours itself."""
