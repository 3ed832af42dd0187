"""A value as it is written in TOML, on one line.

In: what `tomllib` returns. Out: text that it reads as the same value. Nothing fails.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any


def toml(value: Any) -> str:
    """JSON's text is TOML's for text, numbers and truth, but for DEL, which TOML wants escaped; keys must be bare."""
    match value:
        case date():
            return value.isoformat()
        case dict():
            return "{ " + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case Path():
            return toml(str(value))
        case _:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
