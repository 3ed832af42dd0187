"""Templates: a notice's name and facts → subject, text part and HTML part in the recipient's language.

Folders are searched in order, the operator's first: `LANGUAGE/NOTICE.md.j2`, its partials (`LANGUAGE/_*.md.j2`),
`LANGUAGE/words.toml`, and `layout.html.j2` for all languages. There is one immutable sandbox per language; templates
are compiled once and see frozen values only: the fields of `Facts`, `to` (the Recipient), `subject` (of the
conversation) and `left_out` (attachments that are too large). What a template writes with `{{ … }}` is a literal (see
`markup`), so a mail is never a template, markup or HTML. Only the layout escapes by itself.

Below each template stands what its mail answers, quoted. `Renderer.check` renders everything once with a sample. Raises
`BrokenTemplate` (FILE:LINE: what is wrong) for a template that cannot be rendered, is not there, or writes more than
256 KiB by itself.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from importlib.resources.abc import Traversable
from operator import attrgetter
from traceback import walk_tb

from jinja2 import TemplateNotFound, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from helpdeskd.domain.notice import Facts, HeadLine, Letter, Recipient
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.token import MARK
from helpdeskd.mail import words
from helpdeskd.mail.headers import plain
from helpdeskd.mail.markup import literal, page
from helpdeskd.mail.sample import sample_letters
from helpdeskd.mail.sandbox import LONGEST_OUTPUT, Sandbox
from helpdeskd.mail.words import Words

SUFFIX = ".md.j2"
LAYOUT = "layout.html.j2"
_TAG_AT_END = re.compile(r"^(?!(?:\s*\{%(?:(?!%\}).)*%\})+\s*$)(.*[^+-])%\}[ \t]*$", re.MULTILINE)
_FACTS = tuple(fact.name for fact in fields(Facts))
_of_facts = attrgetter(*_FACTS)
_READER = frozenset(fact.name for fact in fields(Recipient))


class BrokenTemplate(Exception):
    """A template that cannot be used; the text is FILE:LINE: what is wrong (what would be right)."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The subject and the two whole parts of a mail, with the words of the language that it is in."""

    subject: str
    text: str
    html: str
    words: Words


@dataclass(frozen=True, slots=True)
class _Language:
    words: Words
    environment: Sandbox
    asked_of_reader: dict[str, Callable[[Recipient], object]] = field(default_factory=dict)

    def seen_of_reader(self, letter: Letter) -> object:
        """All that the template of a letter can say about who gets it; the filters know zone and side."""
        name = letter.notice.name + SUFFIX
        if name not in self.asked_of_reader:
            asked = self.environment.asked_of(name, "to")
            seen = (_READER if asked is None else asked & _READER) | {"zone", "agent"}
            self.asked_of_reader[name] = attrgetter(*seen)
        return self.asked_of_reader[name](letter.notice.to)


class Renderer:
    """All templates of a desk. A reload makes a new one."""

    def __init__(self, folders: Sequence[Traversable], default_language: str) -> None:
        self._folders = tuple(folders)
        self._default = default_language
        self._layouts = Sandbox(lambda name: _source(self._folders, name), escapes=True)
        self._word_errors: list[str] = []
        self._last: tuple[object, Rendered] | None = None
        self._languages = {language: self._load(language) for language in sorted({default_language, *self._found()})}

    def render(self, letter: Letter, left_out: Sequence[str] = ()) -> Rendered:
        """A letter in its recipient's language (of `nl-BE` also `nl`), else in the desk's. Raises BrokenTemplate."""
        language = self._language(letter.notice.to.language)
        try:
            return self._render(letter, language, left_out)
        except Exception as error:  # an operator's template may raise anything
            raise BrokenTemplate(self._explained(error, letter.notice.name, language.words.language)) from error

    def check(self, languages: Collection[str] = ()) -> list[str]:
        """Every template in these languages (default: all), rendered with a sample; what is wrong, one line each."""
        absent = [f"{folder}:1: there is no such folder (make it)" for folder in self._folders if not folder.is_dir()]
        return [*absent, *self._word_errors, *self._strangers(), *self._broken(languages or self._languages)]

    def words(self, language: str) -> Words:
        """The words of a language, else of the desk's."""
        return self._language(language).words

    def _language(self, wanted: str) -> _Language:
        known = self._languages
        return known.get(wanted) or known.get(wanted.partition("-")[0]) or known[self._default]

    def _render(self, letter: Letter, language: _Language, left_out: Sequence[str]) -> Rendered:
        """A team is told the same: what was rendered last is not rendered again for who is told no other words."""
        notice = letter.notice
        seen = (language.words.language, notice.name, letter.subject, letter.mark, notice.facts, notice.earlier)
        told = (*seen, tuple(left_out), language.seen_of_reader(letter))
        if self._last is None or self._last[0] != told:
            self._last = (told, self._rendered(letter, language, left_out))
        return self._last[1]

    def _rendered(self, letter: Letter, language: _Language, left_out: Sequence[str]) -> Rendered:
        written = language.environment.written(letter.notice.name + SUFFIX, _names(letter, left_out))
        written += _below(letter, language.words)
        parts = page(written, LONGEST_OUTPUT)
        marker = language.words.word("marker", "lines")
        html = self._layouts.get_template(LAYOUT).render(
            language=language.words.language,
            subject=parts.subject,
            marker=marker,
            body=Markup(parts.html),  # noqa: S704 (escaped by markup)
            small_print=Markup(parts.small_print),  # noqa: S704 (escaped by markup)
        )
        return Rendered(parts.subject, f"{marker}\n\n{parts.text}", html, language.words)

    def _load(self, language: str) -> _Language:
        own, errors = words.load(self._folders, language)
        self._word_errors += errors
        folders = [folder / language for folder in self._folders]
        environment = Sandbox(lambda name: _source(folders, name), literal, escapes=False)
        environment.filters |= _filters(own)
        return _Language(own, environment)

    def _found(self) -> Iterator[str]:
        for folder in (folder for folder in self._folders if folder.is_dir()):
            yield from (inside.name for inside in folder.iterdir() if (inside / words.FILE).is_file())

    def _broken(self, languages: Collection[str]) -> Iterator[str]:
        for language in self._languages.keys() & languages:
            for notice in sorted(self._notices()):
                yield from dict.fromkeys(filter(None, map(self._wrong, sample_letters(notice, language))))

    def _wrong(self, letter: Letter) -> str:
        """What is wrong with the template of a letter, "" for nothing."""
        try:
            self.render(letter, ["scan.pdf"])
        except BrokenTemplate as error:
            return str(error)
        return ""

    def _notices(self) -> set[str]:
        """What we ship is what there is: an operator may change a notice, and no code sends one that we do not know."""
        return {name for language in self._languages for name in _named(self._folders[-1] / language)}

    def _strangers(self) -> Iterator[str]:
        known = self._notices()
        for folder in (folder / language for folder in self._folders[:-1] for language in self._languages):
            for name in sorted(set(_named(folder)) - known):
                yield f"{folder / (name + SUFFIX)}:1: no notice is called {name} (one of: {', '.join(sorted(known))})"

    def _explained(self, error: Exception, notice: str, language: str) -> str:
        """FILE:LINE: what is wrong, from the innermost line of a template that the error passed through."""
        if isinstance(error, TemplateSyntaxError):
            return f"{error.filename}:{error.lineno}: {error.message} (write it as Jinja does)"
        if isinstance(error, TemplateNotFound):
            return f"{self._folders[-1] / language / str(error.name)}:1: there is no such file (write it)"
        frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
        passed = [(file, line) for file, line in frames if file.endswith(".j2")]
        file, line = passed[-1] if passed else (self._file(notice, language), 1)
        return f"{file}:{line}: {error} (docs/templates.md tells what a template may name)"

    def _file(self, notice: str, language: str) -> Traversable:
        places = [folder / language / (notice + SUFFIX) for folder in self._folders]
        return next((place for place in places if place.is_file()), places[-1])


def _source(folders: Sequence[Traversable], name: str) -> tuple[str, str, None] | None:
    """A template's text and file. A name is never a path, so an include reads nothing but templates.

    A line of tags only leaves no line; one that holds more keeps its end, although it ends with a tag.
    """
    if "/" in name or "\\" in name or not name.endswith(".j2"):
        return None
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    return (_TAG_AT_END.sub(r"\1+%}", file.read_text("utf-8")), str(file), None) if file else None


def _named(folder: Traversable) -> Iterator[str]:
    """The notices that a folder of one language has templates for."""
    if folder.is_dir():
        names = (file.name for file in folder.iterdir())
        yield from (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX) and not name.startswith("_"))


def _names(letter: Letter, left_out: Sequence[str]) -> Mapping[str, object]:
    """All that a template may name."""
    facts = letter.notice.facts
    subject = plain(letter.subject) or plain(facts.ticket.subject if facts.ticket else "")
    names = dict(zip(_FACTS, _of_facts(facts), strict=True))
    return names | {"to": letter.notice.to, "subject": subject, "left_out": tuple(left_out)}


def _below(letter: Letter, own: Words) -> str:
    """What stands below every template: the mark of a reply, and what the mail answers, as markup."""
    earlier, mark = letter.notice.earlier, MARK.format(token=letter.mark) if letter.mark else ""
    above = literal(own.wrote(earlier, letter.notice.to.zone)) if earlier else ""
    quote = f"{above}\n> {literal(earlier.text)}" if earlier else ""
    return "".join(f"\n\n{block}\n" for block in (mark, quote) if block)


def _filters(own: Words) -> Mapping[str, Callable[..., str]]:
    """The filters of a language's templates (docs/templates.md)."""

    @pass_context
    def when(context: Context, instant: datetime) -> str:
        return own.when(instant, context["to"].zone)

    @pass_context
    def value(context: Context, line: HeadLine) -> str:
        return own.head(line, context["to"].zone)

    @pass_context
    def reason(context: Context, found: Reason) -> str:
        return own.reason(found, "reasons" if context["to"].agent else "told")

    by_words = (own.word, own.amount, own.number, own.money, own.minutes, own.day, own.month, own.line)
    return {write.__name__: write for write in (when, value, reason, *by_words)}
