"""django-helpdesk in its own environment: `python django_site.py FOLDER CACHE`, driven by `benchmarks.beside`.

A site on SQLite with one queue that reads FOLDER/mails, as its command `get_email` does; answers are made and kept in
memory. An empty site is kept in CACHE, because to make its tables takes seconds. Writes a line when the site stands;
for each line on standard input it reads the folder, and writes the number of tickets and the number of mails on them.
The order of the files is set right, or replies would come before what they answer.
"""

import os
import shutil
import sys
from pathlib import Path

folder, empty = Path(sys.argv[1]), Path(sys.argv[2]) / "empty.sqlite3"
database = folder / "db.sqlite3"
urlpatterns: list[object] = []
"""The site's pages, which mails name."""


def site() -> None:
    """Configure, and make the tables."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import include, path

    apps = ("admin", "auth", "contenttypes", "sessions", "sites", "messages", "humanize", "staticfiles")
    settings.configure(
        SECRET_KEY="measured",
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in apps), "rest_framework", "helpdesk"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        DEFAULT_FROM_EMAIL="support@desk.example",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        MEDIA_ROOT=str(folder / "media"),
        SITE_ID=1,
        USE_TZ=True,
        ROOT_URLCONF="__main__",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_VALIDATE_ATTACHMENT_TYPES=False,
    )
    django.setup()
    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))
    if not empty.exists():
        call_command("migrate", verbosity=0)
        draft = Path(shutil.copy(database, empty.with_suffix(".unfinished")))
        draft.rename(empty)
    shutil.copy(empty, database)


def queue() -> None:
    """An address whose mail is in the folder; an agent hears of new tickets and of answers."""
    from helpdesk.models import Queue

    Queue.objects.create(
        title="Support", slug="support", email_address="support@desk.example", allow_email_submission=True,
        email_box_type="local", email_box_local_dir=str(folder / "mails"), email_box_interval=0,
        new_ticket_cc="piet@desk.example", updated_ticket_cc="piet@desk.example",
        enable_notifications_on_email_events=True,
    )  # fmt: skip


def main() -> None:
    site()
    queue()
    import helpdesk.email as module
    from helpdesk.models import FollowUp, Ticket

    unsorted = os.listdir
    module.os.listdir = lambda path: sorted(unsorted(path))
    print("ready", flush=True)
    for _ in sys.stdin:
        module.process_email(quiet=True)
        print(Ticket.objects.count(), FollowUp.objects.count(), flush=True)


if __name__ == "__main__":
    main()
