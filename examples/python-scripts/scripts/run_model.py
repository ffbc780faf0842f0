"""Answers a shard of requests with a tiny reader instead of a paid model.

The reader looks for the sentence that shares most words with the question
and answers with the words nearest to the shared ones. It listens to the
system prompt: the more caution the prompt asks for, the more overlap the
reader wants before it answers. Short of that, a cautious reader abstains,
and any other guesses, from its memory if that seems to say more.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from math import fsum
from pathlib import Path
from typing import Any

from artifact_io import (
    Config,
    InputError,
    field,
    read_jsonl,
    run_main,
    write_jsonl,
)

NO_ANSWER = "I don't know."
CAUTIONS = ("only", "not certain", "not stated", "don't know")
STOP_WORDS = frozenset(
    "a an and are as at be by did do does each for from had has have how in"
    " is it its many much not of on one or such that the their this to until"
    " was were what when where which who whom with".split()
)
NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
)


def stem(word: str) -> str:
    """A rough stem, so that 'lives' and 'live' are one word."""
    word = word.lower()
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def words(text: str) -> list[str]:
    """The words of a text as they are written."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)


def sentences(text: str) -> list[str]:
    """Splits a text at the ends of its sentences."""
    return [s for s in re.split(r"(?<=[.!?])\s+", text.strip()) if s]


def wanted_stems(question: str) -> set[str]:
    """The stems of the words of a question that carry meaning."""
    return {
        stem(word)
        for word in words(question)
        if word.lower() not in STOP_WORDS
    }


def best_sentence(text: str, wanted: set[str]) -> tuple[float, str]:
    """The sentence that shares most with the question; the first of a tie.

    Its share is from 0 to 1: a stem counts the less, the more sentences
    hold it, so that the topic of a passage does not decide.
    """
    held = [
        (sentence, wanted & {stem(word) for word in words(sentence)})
        for sentence in sentences(text)
    ]
    counts = Counter(found for _, stems in held for found in stems)
    weights = {wish: 1 / max(1, counts[wish]) for wish in wanted}
    total = fsum(weights.values())
    best = (0.0, "")
    for sentence, stems in held:
        share = fsum(weights[found] for found in stems) / total
        if share > best[0]:
            best = (share, sentence)
    return best


def is_candidate(word: str, question: str) -> bool:
    """Whether a word can be of the kind that a question asks for."""
    asked = question.lower()
    if re.search(r"how (many|much|long|heavy)|\bwhen\b|which year", asked):
        return word.isdigit() or word.lower() in NUMBER_WORDS
    if re.search(r"\b(who|where|capital|country|ocean|planet|river)\b", asked):
        return word[0].isupper()
    return True


def spans(sentence: str, question: str) -> list[tuple[int, list[str]]]:
    """Runs of words that could be the answer, each with its position."""
    wanted = wanted_stems(question)
    runs: list[tuple[int, list[str]]] = []
    open_run = False
    for position, word in enumerate(words(sentence)):
        fits = (
            word.lower() not in STOP_WORDS
            and stem(word) not in wanted
            and is_candidate(word, question)
        )
        if fits and open_run:
            runs[-1][1].append(word)
        elif fits:
            runs.append((position, [word]))
        open_run = fits
    return runs


def extract(sentence: str, question: str) -> str | None:
    """The span nearest to the words that the question shares."""
    wanted = wanted_stems(question)
    shared = [
        position
        for position, word in enumerate(words(sentence))
        if stem(word) in wanted
    ]
    runs = spans(sentence, question)
    if not runs or not shared:
        return None

    def distance(run: tuple[int, list[str]]) -> int:
        first, last = run[0], run[0] + len(run[1]) - 1
        return min(min(abs(first - p), abs(last - p)) for p in shared)

    return " ".join(min(runs, key=distance)[1])


def answer(system: str, user: str, memory: str, min_overlap: float) -> str:
    """The reader's answer to one request."""
    context, _, question = user.rpartition("QUESTION:\n")
    context = context.replace("CONTEXT:\n", "", 1).strip()
    caution = sum(cue in system.lower() for cue in CAUTIONS)
    wanted = wanted_stems(question)
    share, sentence = best_sentence(context or memory, wanted)
    if share >= min_overlap + 0.05 * caution:
        return extract(sentence, question) or NO_ANSWER
    if caution:
        return NO_ANSWER
    _, sentence = max((share, sentence), best_sentence(memory, wanted))
    guess = extract(sentence, question)
    return f"probably {guess}" if guess else NO_ANSWER


def messages_of(where: str, row: dict[str, Any]) -> tuple[str, str]:
    """The system text and the user text of a request."""
    try:
        system, user = row["body"]["messages"]
        return system["content"], user["content"]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{where}: expected body.messages: one system, one user"
        ) from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--requests", type=Path, required=True)
    parser.add_argument("--memory", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    min_overlap = Config.read(args.config).number("model.min_overlap", 0, 1)
    memory = args.memory.read_text(encoding="utf-8")
    results = []
    abstained = 0
    for where, row in read_jsonl(args.requests):
        system, user = messages_of(where, row)
        text = answer(system, user, memory, min_overlap)
        abstained += text == NO_ANSWER
        custom_id = field(where, row, "custom_id")
        results.append({"custom_id": custom_id, "response": {"text": text}})
    write_jsonl(args.out, results)
    print(f"{len(results)} answers, {abstained} of them '{NO_ANSWER}'")


if __name__ == "__main__":
    run_main(main)
