"""How an answer is compared with the accepted ones.

Exact match and token F1 follow the evaluation of SQuAD (Rajpurkar et al.
2016, section 6.1): case, punctuation and articles do not count, and of
several accepted answers the best one does.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalize(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_match(prediction: str, accepted: Iterable[str]) -> int:
    """1 when the prediction equals an accepted answer, else 0."""
    wanted = normalize(prediction)
    return int(any(wanted == normalize(answer) for answer in accepted))


def token_f1(prediction: str, accepted: Iterable[str]) -> float:
    """The largest F1 of the tokens over the accepted answers, 0 to 1."""
    return max((_f1(prediction, answer) for answer in accepted), default=0.0)


def support(prediction: str, passage: str) -> float:
    """The share of the prediction's tokens that the passage holds."""
    tokens = normalize(prediction).split()
    if not tokens:
        return 0.0
    held = set(normalize(passage).split())
    return sum(token in held for token in tokens) / len(tokens)


def _f1(prediction: str, answer: str) -> float:
    ours, theirs = normalize(prediction).split(), normalize(answer).split()
    common = sum((Counter(ours) & Counter(theirs)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)
