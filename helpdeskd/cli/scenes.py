"""The day that `helpdeskd demo` plays: who writes what, when, and which of the desk's mails they answer.

Rows only. A time without a mail lets the clock run to there. `answers` is a notice: the newest one that the desk sent
to this sender is answered, as a mail client would. The people and their contracts stand in `examples/demo.toml`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr

ANNA = "Anna de Vries <anna@bakery.example>"
MARY = "Mary Miles <mary@museum.example>"
SOREN = "Søren Holm <soren@mill.example>"
PIET = "Piet Jansen <piet@desk.example>"
ANS = "Ans Bakker <ans@desk.example>"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.bakery.example>"
SUPPORT = "support@desk.example"
DUTY = "duty@desk.example"


@dataclass(frozen=True, slots=True)
class Scene:
    """`day` counts from the story's first day, `time` is the desk's wall clock; `bounces` names a notice that comes
    back.
    """

    title: str
    day: int
    time: str
    sender: str = ""
    to: str = SUPPORT
    subject: str = ""
    text: str = ""
    answers: str = ""
    bounces: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def at(self, first: datetime) -> datetime:
        """When it plays, in a story that begins on the day `first` (in the desk's zone)."""
        hour, minute = map(int, self.time.split(":"))
        return (first + timedelta(days=self.day)).replace(hour=hour, minute=minute)

    @property
    def reader(self) -> str:
        """The address whose mail is answered, or came back."""
        return parseaddr(ANNA if self.bounces else self.sender)[1]


DAY: tuple[Scene, ...] = (
    Scene(
        "A customer's new request",
        0, "09:12", ANNA, subject="De kassa hangt",
        text="Goedemorgen,\n\nSinds vanmorgen hangt de kassa bij het afrekenen met pin.\n\nAnna",
    ),
    Scene(
        "An agent answers the notice: the answer goes to the customer, the ticket becomes his",
        0, "09:20", PIET, answers="agent-new",
        text="Beste Anna,\n\nWilt u de kassa eens uit- en weer aanzetten?\n\n/wait",
    ),
    Scene(
        "The customer replies; what waited for her is open again",
        0, "09:31", ANNA, answers="reply",
        text="Gedaan, maar het pinapparaat zegt nu: geen verbinding.",
    ),
    Scene(
        "A slip in a command: nothing is done, nothing reaches the customer, everything comes back",
        0, "09:40", PIET, answers="agent-update",
        text="/priorty high\n\nDan bel ik de bank even.",
    ),
    Scene(
        "The same, spelt right: a note for colleagues and a higher priority",
        0, "09:42", PIET, answers="agent-update",
        text="/note\n/priority high\n\nBank called: line fault in her street, fixed before noon.",
    ),
    Scene("Half of the time to its resolution is used: its owner is reminded", 0, "11:35"),
    Scene(
        "Solved: answer and command in one mail",
        0, "11:50", PIET, answers="agent-transcript",
        text="Beste Anna,\n\nDe storing bij de bank is verholpen; pinnen werkt weer.\n\n/resolve",
    ),
    Scene(
        "A stranger: held for a person's decision, and not a word back",
        0, "12:05", "Eve <eve@elsewhere.example>", subject="Please reset the password",
        text="I lost the password of the bakery, please send a new one.",
    ),
    Scene(
        "A contact whose contract has ended: refused, with the reason",
        0, "12:30", MARY, subject="Printer",
        text="Hello, our printer does not print. Can you help?",
    ),
    Scene(
        "A vacation note: kept with the ticket, never answered",
        0, "12:31", ANNA, answers="reply",
        text="Ik ben tot en met vrijdag afwezig.", headers=(("Auto-Submitted", "auto-replied"),),
    ),
    Scene(
        "A mail of ours bounces: the agent is told",
        0, "12:40", DAEMON, bounces="reply",
        text="The mail system could not deliver your message: mailbox full.",
    ),
    Scene("An hour later, in their working time, the agents hear of the stranger's mail", 0, "13:00"),
    Scene(
        "Night. The mill stands still: the customer is told at once, the person on duty is woken",
        1, "02:10", SOREN, to=DUTY, subject="Produktionen står stille",
        text="Hele produktionen står stille, styringen svarer ikke.\n\nSøren",
    ),
    Scene("Nobody answers for a quarter of an hour: the next in the roster is woken", 1, "02:26"),
    Scene(
        "She answers the page: it is hers, and the customer learns who took it",
        1, "02:28", ANS, answers="duty-page",
        text="On my way to the office, will call him.",
    ),
    Scene("Morning: what passed its deadline in the night is told in working time", 1, "08:30"),
)  # fmt: skip
