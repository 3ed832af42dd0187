"""What is loaded before the first life: all modules, and the templates, compiled by a mail that is decided here."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from helpdeskd.config.load import load
from helpdeskd.storage import postgres
from tests.faults.life import Life, decide, office_of, take_in
from tests.system.desk import RunningDesk

assert postgres

with TemporaryDirectory() as folder:
    desk = RunningDesk(Path(folder))
    desk.stop()
    loaded = load(desk.config)
    loaded.settings.state.mkdir()
    office = office_of(loaded)
    asyncio.run(take_in(Life(desk.config, imap=0, mails=(1,)), office))
    decide(office)
