"""Runs one task of inspect_ai under two models that are no language models, and writes a JSON log for each.

    pip install inspect_ai==0.3.285
    python make_logs.py

`mockllm` answers what a function of ours says: both models know the answer, and a seeded chance decides whether they give it.
"""
import json
import random
from pathlib import Path

from inspect_ai import Task, eval, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

HERE = Path(__file__).parent
ITEMS = [json.loads(line) for line in (HERE / "questions.jsonl").read_text().splitlines()]


@task
def passages():
    samples = [
        Sample(
            id=item["id"],
            input=f"{item['context']}\n\n{item['question']}",
            target=item["answer"],
            metadata={"passage": item["passage"]},
        )
        for item in ITEMS
    ]
    return Task(
        dataset=MemoryDataset(samples, name="passages"),
        solver=generate(),
        scorer=includes(),
        epochs=2,
        config=GenerateConfig(temperature=0.7),
    )


def answering(name, rate, words, seed):
    """A model that gives the right answer at a rate, in some more words, and counts words as tokens."""
    chance = random.Random(seed)

    def answer(messages, tools, tool_choice, config):
        asked = messages[-1].text
        item = next(item for item in ITEMS if asked.endswith(item["question"]))
        said = f"{words}{item['answer']}." if chance.random() < rate else "I am not sure."
        output = ModelOutput.from_content(f"mockllm/{name}", said)
        tokens = len(asked.split()), len(said.split())
        output.usage = ModelUsage(input_tokens=tokens[0], output_tokens=tokens[1], total_tokens=sum(tokens))
        return output

    return get_model(f"mockllm/{name}", custom_outputs=answer)


for name, rate, words, seed in [("small", 0.4, "", 11), ("large", 0.9, "The passage says: ", 12)]:
    model = answering(name, rate, words, seed)
    eval(passages(), model=model, log_dir=str(HERE / "data"), log_format="json", display="none", max_samples=1)
