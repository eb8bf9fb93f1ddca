"""Write the defaults of transformers' configuration classes, for the families and keys that actrec reads.

    python Tools/make_configuration_defaults.py

    Sources/.../ConfigurationReader+Defaults.swift   the defaults, and the names that stand for others
    Tests/Fixtures/configurations.json               whole configurations: all defaults, and a few keys given, to compare with
"""
import copy
import dataclasses
import glob
import json
import re

import transformers
from huggingface_hub.errors import StrictDataclassError
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

SWIFT = glob.glob("Sources/**/ConfigurationReader+Defaults.swift", recursive=True)[0]
FAMILIES = "Sources/Transformer/Families"
READERS = glob.glob("Sources/**/RotaryEmbedding.swift", recursive=True) + glob.glob("Sources/**/ConfigurationReader*.swift", recursive=True)
FIXTURE = "Tests/Fixtures/configurations.json"
# Where rotary positions are said in files of all versions.
ROTARY = [
    {"rope_theta": 5000.0}, {"rope_theta": 5000.0, "rope_parameters": {"rope_type": "default"}},
    {"rope_theta": 5000.0, "rope_parameters": {"rope_type": "default", "rope_theta": 7000.0}},
    {"rope_theta": 5000.0, "rope_scaling": {"type": "linear", "factor": 2.0}},
    {"rope_theta": 5000.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    {"rope_theta": 5000.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0, "rope_theta": 9000.0}},
    {"rope_scaling": {"rope_type": "linear", "factor": 2.0, "rope_theta": 9000.0},
     "rope_parameters": {"rope_type": "default", "rope_theta": 7000.0}}]
# In families that turn a part of each head.
PARTIAL = ("phi", "phi3", "stablelm", "gpt_neox")
SHARES = [
    {"partial_rotary_factor": 0.5, "rope_parameters": {"rope_type": "default", "rope_theta": 7000.0}},
    {"rope_scaling": {"rope_type": "linear", "factor": 2.0, "rope_theta": 9000.0, "partial_rotary_factor": 0.5}}]
# In families with an object for each type of layer.
LAYERS = {"full_attention": {"rope_type": "default", "rope_theta": 7000.0},
          "sliding_attention": {"rope_type": "default", "rope_theta": 3000.0}}
LAYERED = [{"rope_parameters": LAYERS}] + [
    {"rope_parameters": LAYERS, "rope_scaling": {"rope_type": "linear", "factor": 2.0} | more} for more in ({}, {"rope_theta": 9000.0})]
# transformers overlooks the older "type" in these: no file of theirs is as old.
BY_LAYER = ("modernbert", "gemma3_text", "olmo3")
# One of each size, none of them a default.
GIVEN = {"hidden_size": 64, "num_hidden_layers": 7, "num_attention_heads": 8, "vocab_size": 99}


def architectures():
    """The values of `model_type` in Architecture.swift."""
    with open(f"{FAMILIES}/Architecture.swift", encoding="utf-8") as file:
        body = re.search(r"enum Architecture[^{]*\{(.*?)\}", file.read(), re.DOTALL)[1]
    cases = re.sub(r"\bcase\b", ",", body).replace("\n", " ")
    return [(re.search(r'"(.*)"', case) or re.search(r"(\w+)", case))[1] for case in cases.split(",") if case.strip()]


def keys():
    """Every key that the readers name."""
    text = ""
    for path in sorted(set(glob.glob(f"{FAMILIES}/*.swift") + READERS) - {SWIFT}):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    return set(re.findall(r'"(_?[a-z][a-z0-9_]*)"', text))


def swift(value):
    if isinstance(value, bool):
        return f".bool({str(value).lower()})"
    if isinstance(value, int):
        return f".integer({value})"
    if isinstance(value, float):
        return f".number({value!r})"
    return f'.string("{value}")'


def literal(members):
    """A dictionary of Swift, wrapped as swift-format wraps it."""
    entries = [f'"{key}": {value}' for key, value in members.items()]
    lines, line = [], ""
    for entry in entries:
        if line and len(line) + len(entry) > 108:
            lines.append(line.rstrip())
            line = ""
        line += entry + ", "
    return "[\n" + "".join(f"                {x}\n" for x in [*lines, line.rstrip().rstrip(",") + ","]) + "            ]"


def function(name, comment, type_, tables):
    cases = "".join(f'        case "{kind}":\n            {literal(members)}\n' for kind, members in tables.items() if members)
    return (f"    /// {comment}\n    static func {name}(_ modelType: String) -> {type_} {{\n        switch modelType {{\n{cases}"
            "        default: [:]\n        }\n    }\n")


def main():
    used = keys()
    defaults, others, whole = {}, {}, {}
    for kind in architectures():
        cls = CONFIG_MAPPING[kind]
        fields = {f.name: f.default for f in dataclasses.fields(cls)}
        defaults[kind] = {key: swift(value) for key, value in sorted(fields.items())
                          if key in used and isinstance(value, (bool, int, float, str))}
        others[kind] = {other: f'"{key}"' for other, key in sorted(cls.attribute_map.items()) if key in used}
        given = {cls.attribute_map.get(key, key): value for key, value in GIVEN.items()}
        if "rotary_dim" in fields:  # no more than a head has
            given["rotary_dim"] = 4
        if "attention_types" in fields:  # a list for the default's 24 layers
            given.pop("num_layers")
        if isinstance(fields.get("num_key_value_heads"), int):
            given["num_key_value_heads"] = 4

        def read(configuration):
            return {key: value for key, value in configuration.to_dict().items() if key in used} | {"model_type": kind}
        rotary = ROTARY + SHARES * (kind in PARTIAL) + LAYERED * (kind in BY_LAYER) if "rope_parameters" in fields else []
        cases = []
        for members in [given, *(given | keys for keys in rotary)]:
            try:
                if kind in BY_LAYER and "type" in members.get("rope_scaling", {}):
                    continue
                cases.append({"given": members | {"model_type": kind}, "whole": read(cls.from_dict(copy.deepcopy(members)))})
            except (StrictDataclassError, KeyError):  # wants an object for each type of layer, or scales in other ways
                continue
        whole[kind] = {"defaults": read(cls()), "given": cases}
    with open(SWIFT, "w", encoding="utf-8") as file:
        file.write(f"""// Generated by Tools/make_configuration_defaults.py from transformers {transformers.__version__}. Do not edit.
// swift-format-ignore-file

import Checkpoints

extension ConfigurationReader {{
{function("defaults", "What transformers takes for the keys that a `config.json` lacks, by `model_type`; keys without a default are left out.",
          "[String: JSONValue]", defaults)}
{function("otherNames", "Names that transformers takes for others (`attribute_map`), by `model_type`.", "[String: String]", others)}}}
""")
    with open(FIXTURE, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(f'"{kind}": {json.dumps(value)}' for kind, value in whole.items()) + "\n}\n")


if __name__ == "__main__":
    main()
