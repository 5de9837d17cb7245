"""Tables of what a run's data is made of, read from what the stages wrote into the run's folder."""

from __future__ import annotations
