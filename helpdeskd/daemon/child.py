"""`python -m helpdeskd.daemon.child`: the worker process, as the supervisor starts it."""

import sys

from helpdeskd.daemon.worker import main

sys.exit(main())
