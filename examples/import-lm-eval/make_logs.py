"""Runs two local tasks of lm-evaluation-harness under two models that are no language models, with --log_samples.

    pip install lm_eval==0.4.13
    HF_DATASETS_OFFLINE=1 python make_logs.py

`overlap` prefers an answer that stands in the passage; `chance` prefers what a seeded chance says.
"""
import random
import sys

from lm_eval.__main__ import cli_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model


class Preferring(LM):
    """A model that only compares answers; `pretrained` is the name that lm_eval gives its folder."""

    def __init__(self, pretrained=None, **_):
        super().__init__()
        self.chance = random.Random(5)

    @classmethod
    def create_from_arg_string(cls, arg_string, additional_config=None):
        return cls()

    create_from_arg_obj = create_from_arg_string

    def loglikelihood(self, requests):
        return [(self.likes(*request.args), False) for request in requests]

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError

    def generate_until(self, requests):
        raise NotImplementedError


@register_model("overlap")
class Overlap(Preferring):
    def likes(self, context, answer):
        passage = context.split("\nQuestion:")[0].lower()
        known = answer.strip().lower() in passage
        return -1.0 - self.chance.random() - (0.0 if known else 0.5)


@register_model("chance")
class Chance(Preferring):
    def likes(self, context, answer):
        return -1.0 - self.chance.random()


for name in ("chance", "overlap"):
    sys.argv = ["lm_eval", "--model", name, "--model_args", f"pretrained={name}", "--include_path", "tasks"]
    sys.argv += ["--tasks", "passages_nature,passages_town", "--log_samples", "--output_path", "data"]
    cli_evaluate()
