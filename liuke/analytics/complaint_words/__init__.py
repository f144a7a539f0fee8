"""Reading a complaint offline: words and rules suggest the five classifications and the two lists of needs.

classify(text)        → Suggestion: every value with its confidence and the words that spoke for it
learned.fit(cases)    a small model of confirmed cases, blended with the rules where it is shown to be better

Signs (signs/*.yaml) are patterns that vote; decide.py weighs the votes; amounts.py reads money. No Django, no clock, no network.
"""

from liuke.analytics.complaint_words.decide import Limits, classify
from liuke.analytics.complaint_words.suggestion import AXES, EMOTIONAL, RATIONAL, Said, Suggestion, Words

__all__ = ["AXES", "EMOTIONAL", "RATIONAL", "Limits", "Said", "Suggestion", "Words", "classify"]
