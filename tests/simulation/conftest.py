"""Lets the tests here import what all the server's tests share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
