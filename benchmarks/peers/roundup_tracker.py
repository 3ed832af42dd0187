"""Roundup in its own environment: `python roundup_tracker.py FOLDER`, driven by `benchmarks.beside`.

A tracker of the classic template on SQLite, whose mail gateway reads the mailbox FOLDER/mails in one batch; the mails
that it makes are written to a file. Writes a line when the tracker stands; for each line on standard input it reads the
mailbox, and writes the number of issues and the number of mails on them. The addresses in FOLDER/contacts are known.
"""

import argparse
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
home = folder / "tracker"


def tracker() -> None:
    """Install the template, configure it and make the tables."""
    settings = {
        "mail_domain": "desk.example",
        "mail_host": "127.0.0.1",
        "mail_debug": folder / "sent",
        "tracker_web": "http://desk.example/",
        "tracker_email": "support",
        "nosy_messages_to_author": "new",
        "rdbms_name": "measured",
    }
    _admin("install", "classic", "sqlite", ",".join(f"{name}={value}" for name, value in settings.items()))
    _admin("initialise", "measured")


def _admin(*words: str) -> None:
    command = [str(Path(sys.executable).with_name("roundup-admin")), "-i", str(home), *words]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def main() -> None:
    tracker()
    import roundup.instance

    instance = roundup.instance.open(str(home))
    database = instance.open("admin")
    for number, address in enumerate((folder / "contacts").read_text().split()):
        database.user.create(username=f"contact{number}", address=address, roles="User")
    database.user.create(username="piet", address="piet@desk.example", roles="User")
    database.commit()
    database.close()
    arguments = argparse.Namespace(default_class="", set_value=["issue.assignedto=piet"])
    gateway = instance.MailGW(instance, arguments)
    print("ready", flush=True)
    for _ in sys.stdin:
        gateway.do_mailbox(str(folder / "mails"))
        database = instance.open("admin")
        print(len(database.issue.list()), len(database.msg.list()), flush=True)
        database.close()


if __name__ == "__main__":
    main()
