"""All bombs by their names: `TEXTS` and `HTML` are bodies for any kind of sender, `MAILS` make whole mails.

None is larger than SIZE bytes.
"""

from tests.attacks.bomb_html import HTML
from tests.attacks.bomb_mails import MAILS
from tests.attacks.bomb_texts import SIZE, TEXTS

__all__ = ["HTML", "MAILS", "SIZE", "TEXTS"]
