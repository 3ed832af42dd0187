"""Where templates run: Jinja's immutable sandbox, in which a render also comes to an end in bounded time and space.

A template sees what it is given and nothing else: values that it cannot change, files that the loader finds, no
attribute that begins with `_`, and of Jinja's own functions only `range`. What would grow without end is refused with
SecurityError: more than `MOST_TURNS` turns of loops and calls in one render, repeated or padded text, and large
powers; `written` stops at too much output.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.meta import find_referenced_templates
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

Source = Callable[[str], tuple[str, str, None] | None]

MOST_TURNS = 50_000
LONGEST_OUTPUT = 256 * 1024
LONGEST_IN_ALL = 8 * 1024 * 1024
"""With the mail's own text, as often as a template shows it."""
MOST_KNOWN = 1000
_LARGEST_NUMBER = 10**6
_GLOBALS = ("range",)
_NO_FILTERS = ("random", "format", "center", "indent", "attr", "xmlattr", "urlize", "pprint", "tojson")


_NO_METHODS = ("format", "format_map", "ljust", "rjust", "center", "zfill", "expandtabs", "translate")
"""Of text: what makes a long one of a short one, or reads attributes by a way of its own."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates of one source. `finalize` is applied to what a template writes with `{{ … }}`."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, source: Source, finalize: Callable[[object], str] | None = None, *, escapes: bool) -> None:
        super().__init__(
            loader=FunctionLoader(source),
            undefined=StrictUndefined,
            autoescape=escapes,
            finalize=finalize,
            trim_blocks=True,
            keep_trailing_newline=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._turns = 0
        self._safe: dict[tuple[type, str], bool] = {}
        self.globals = {name: self.globals[name] for name in _GLOBALS}
        self.filters = {name: each for name, each in self.filters.items() if name not in _NO_FILTERS}
        self.filters["counted"] = self._counted

    def written(self, name: str, facts: Mapping[str, object]) -> str:
        """What a template writes of these facts. Raises what it raises, and ValueError for too much."""
        self._turns = length = 0
        chunks: list[str] = []
        for chunk in self.get_template(name).generate(facts):
            length += len(chunk)
            if length > LONGEST_IN_ALL:
                raise ValueError(f"it writes more than {LONGEST_IN_ALL} characters")
            chunks.append(chunk)
        return "".join(chunks)

    def asked_of(self, name: str, value: str) -> frozenset[str] | None:
        """Which attributes of a value a template asks for, and those that it includes; None for the value itself.

        Raises what reading them raises.
        """
        assert self.loader is not None
        source, file, _ = self.loader.get_source(self, name)
        tree = self.parse(source, name, file)
        asked = [one for one in tree.find_all(nodes.Getattr) if one.node == nodes.Name(value, "load")]
        if len(asked) < sum(one.name == value for one in tree.find_all(nodes.Name)):
            return None
        found = frozenset(one.attr for one in asked)
        for other in find_referenced_templates(tree):
            more = self.asked_of(other, value) if other else None
            if more is None:
                return None
            found |= more
        return found

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        __self._turn()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(side, int | float) and abs(side) <= _LARGEST_NUMBER for side in (left, right))
        if not numbers or (operator == "**" and right > 10):
            raise SecurityError(f"{operator} is for numbers, and not for large ones")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As Jinja says, which goes by the type of the object; it is asked for each attribute of each line."""
        asked = type(obj), attr
        if asked in self._safe:
            return self._safe[asked]
        safe = super().is_safe_attribute(obj, attr, value)
        if len(self._safe) < MOST_KNOWN:
            self._safe[asked] = safe
        return safe

    def wrap_str_format(self, value: Any) -> None:
        """Asked for each attribute: the place where Jinja tames `str.format`."""
        if isinstance(getattr(value, "__self__", None), str) and value.__name__ in _NO_METHODS:
            raise SecurityError(f"{value.__name__} is not for templates")

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        return super()._generate(source, *args, **kwargs)

    def _counted(self, values: Iterable[object]) -> Iterator[object]:
        for value in values:
            self._turn()
            yield value

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise SecurityError(f"it goes on for more than {MOST_TURNS} turns")
