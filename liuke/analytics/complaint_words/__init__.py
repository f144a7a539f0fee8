"""Reading a complaint offline: words and rules suggest the five classifications and the two lists of needs.

classify(text)        → Suggestion: every value with its confidence and the words that spoke for it
learned.fit(cases)    a small model of confirmed cases, blended with that where it is shown to be better

Signs (signs/*.yaml) are patterns that vote; decide.py weighs the votes; amounts.py reads money. The base model (base.py, as base.npz)
weighs all that again beside the runs of characters (grams.py, features.py); fitting.py makes it from corpus/*.jsonl, one hand a file, all
written by us: `python -m bench.complaint_model`, after every change of a sign or of the corpus. No Django, no clock, no network.
"""

from liuke.analytics.complaint_words.decide import Limits, classify
from liuke.analytics.complaint_words.suggestion import AXES, EMOTIONAL, RATIONAL, Said, Suggestion, Words

__all__ = ["AXES", "EMOTIONAL", "RATIONAL", "Limits", "Said", "Suggestion", "Words", "classify"]
