"""A procedural world of landscapes: scenes, their pictures with labels and depth, and their captions."""
