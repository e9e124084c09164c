"""The video models: which there are, what they need, where their files lie and how they get there."""

from lightbrush.models.catalogue import CATALOGUE, Entry, File, Source, find, with_needs
from lightbrush.models.machine import Machine, Verdict, memory_bytes, this_machine, verdict
from lightbrush.models.store import Located, Store, default_folder

__all__ = [
    "CATALOGUE",
    "Entry",
    "File",
    "Located",
    "Machine",
    "Source",
    "Store",
    "Verdict",
    "default_folder",
    "find",
    "memory_bytes",
    "this_machine",
    "verdict",
    "with_needs",
]
