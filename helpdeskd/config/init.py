"""`helpdeskd init`: a small desk to begin with, in files with comments.

In: an empty or new folder. Out: config.toml, directory.toml and a folder for the site's own templates; also a key that
signs reply addresses (only its owner may read it) and a folder for the desk's state, except below /etc: there the
state is in /var/lib/helpdeskd, where the unit may write, and the key is made there at the first start. What is written
passes `check` and works on this machine alone: it listens on 127.0.0.1, believes senders from there, and sends through
the mail server here.

Guarantee: nothing is overwritten; where one of the files exists, none is written. Fails with FileExistsError, or the
OSError of a folder that cannot be written.
"""

import os
from datetime import date
from pathlib import Path

from helpdeskd.config.credentials import new_key

STATE, TEMPLATES, CONFIG, DIRECTORY, KEY = "state", "templates", "config.toml", "directory.toml", "token.key"

CONFIG_TEXT = """\
# A small desk, to begin with. config.example.toml shows every key that there is; after each change run
#   helpdeskd check --config config.toml

[desk]
name = "Example Helpdesk"           # what customers read in mails
domain = "desk.example"             # your own domain
prefix = "HD"                       # references look like HD-1042
language = "en"                     # of whoever has none of their own
languages = ["en"]                  # those you serve in; nl, da, fr and de are shipped too
plan = "standard"                   # for customers who have no contract
directory = "directory.toml"        # read at the first start; later: helpdeskd directory apply

# When you are open. Holidays by country; except = ["Good Friday"] makes one a working day.
[calendar.office]
zone = "Europe/Amsterdam"
open = { mon-fri = ["09:00-17:00"] }
holidays = "NL"

# What customers are promised. Contracts in directory.toml name a plan.
[plan.standard]
standard = "normal"                 # unless the customer asks for another

[[plan.standard.priority]]
name = "high"
response = "1 working hour"
resolution = "8 working hours"

[[plan.standard.priority]]
name = "normal"
response = "4 working hours"
resolution = "3 working days"

# Which addresses are yours, and whose team hears of their mail.
[[queue]]
name = "support"
addresses = ["support@desk.example"]
team = "support"

# Mail comes in here. A mail server on this machine passes it on; or fetch it: see docs/mailboxes.md.
[[smtp]]
name = "local"
listen = "127.0.0.1:2525"

# Mail goes out through this server.
[smarthost]
host = "127.0.0.1"
port = 25
tls = "none"

# Who proves that a sender is who they say. This believes everybody on this machine, which is right for a trial and for
# nothing else: in use, remove it and name the mail server that checks senders:
#   [[relay]]
#   authserv_id = "mx.your.domain"
#   networks = ["127.0.0.1"]
[trust]
networks = ["127.0.0.0/8"]

[state]
{state}
# Templates of your own, as templates/en/reply.md.j2, replace those that are shipped.
[templates]
folder = "templates"
"""

DIRECTORY_TEXT = """\
# Who may write to the desk, under which contract, and who answers. After a change:
#   helpdeskd check --config config.toml
#   helpdeskd directory apply directory.toml --config config.toml

[[customer]]
name = "bakery"                     # short and unique: how commands call it
title = "Example Bakery"
domains = ["bakery.example"]

  [[customer.contact]]
  name = "Anna Baker"
  addresses = ["anna@bakery.example"]
  rights = ["open", "spend", "approve", "manage"]   # only "open" unless you write more

  [[customer.contract]]
  plan = "standard"
  first_day = {year}-01-01
  last_day = {year}-12-31

[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
teams = ["support"]
manager = true
"""


STATE_HERE = """\
folder = "state"                    # the database; on a local disk
token_key_file = "token.key"        # signs reply addresses; keep it secret, keep a copy
"""
STATE_OF_SYSTEM = """\
folder = "/var/lib/helpdeskd"       # the database, and the key that signs reply addresses
"""


def write_desk(folder: Path, today: date) -> list[Path]:
    """Write a desk into the folder; what was made, in the order of making."""
    texts = desk_texts(folder, today)
    folders = (TEMPLATES, STATE) if KEY in texts else (TEMPLATES,)
    for name in (*texts, *folders):
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} is there already, nothing was written (name an empty folder)")
    folder.mkdir(parents=True, exist_ok=True)
    for name in folders:
        (folder / name).mkdir(mode=0o700 if name == STATE else 0o755)
    for name, text in texts.items():
        _write(folder / name, text, 0o600 if name == KEY else 0o644)
    return [folder / name for name in (*folders, *texts)]


def desk_texts(folder: Path, today: date) -> dict[str, str]:
    """The files of a desk in that folder, by name."""
    of_system = folder.resolve().is_relative_to("/etc")
    texts = {
        CONFIG: CONFIG_TEXT.replace("{state}\n", f"{STATE_OF_SYSTEM if of_system else STATE_HERE}\n"),
        DIRECTORY: DIRECTORY_TEXT.format(year=today.year),
    }
    return texts if of_system else {**texts, KEY: f"{new_key()}\n"}


def _write(file: Path, text: str, mode: int) -> None:
    """A new file, never readable to more people than it should be."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text)
