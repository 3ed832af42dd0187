"""The durable tables: the only room that imports peewee. Rows go in and out as values of `domain`; no Model
leaves it.

peewee and its migrations load the driver of PostgreSQL wherever it is installed, 17 MB in each process. They are kept
from that here, and get it from `storage.postgres` when a desk is on PostgreSQL.
"""

import sys

if "peewee" not in sys.modules and "psycopg" not in sys.modules:
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # so that importing it fails
    import playhouse.migrations  # noqa: F401

    del sys.modules["psycopg"]
