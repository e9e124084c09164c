"""A timeline: which prompts a video follows when, and what it is rendered with.

A video is made in blocks, and a block is a pure function of its request. `at(timeline, block_index, fps)` says what
one block is asked for, so a timeline and a seed are the whole video: it can be rendered again, larger, from any block.
"""

from lightbrush.timeline.files import FORMATS, Format, decode, encode
from lightbrush.timeline.moment import BLOCK_FRAMES, FIRST_BLOCK_FRAMES, at, block_count, first_frame, following
from lightbrush.timeline.recipe import FPS, Clip, Decoder, Guide, Recipe, Source, lasting
from lightbrush.timeline.value import Moment, Note, Phrase, Settings, Span, Timeline

__all__ = [
    "BLOCK_FRAMES",
    "FIRST_BLOCK_FRAMES",
    "FORMATS",
    "FPS",
    "Clip",
    "Decoder",
    "Format",
    "Guide",
    "Moment",
    "Note",
    "Phrase",
    "Recipe",
    "Settings",
    "Source",
    "Span",
    "Timeline",
    "at",
    "block_count",
    "decode",
    "encode",
    "first_frame",
    "following",
    "lasting",
]
