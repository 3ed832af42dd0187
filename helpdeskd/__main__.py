"""`python -m helpdeskd`."""

import sys

from helpdeskd.cli import main

sys.exit(main())
