"""Industry packs: a trade's thresholds, fields, signals, playbooks and words, as data.

`load_pack("auto_dealer")` reads and checks one; nothing here knows Django or a database.
"""

from liuke.packs.loader import DEFAULT_PACK, PackError, Problem, available, load_pack
from liuke.packs.playbook import Playbook
from liuke.packs.schema import Pack, Signal
from liuke.packs.words import Words

__all__ = ["DEFAULT_PACK", "Pack", "PackError", "Playbook", "Problem", "Signal", "Words", "available", "load_pack"]
