"""A live session's log, and what is baked from it: every picture that was seen, rendered again and made larger."""
