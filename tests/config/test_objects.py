"""The table of the bucket: what is refused, and that its secret is not part of it."""

from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.database import where
from helpdeskd.storage.engine import StorageError
from tests.config.small_desk import SMALL

TABLE = '[objects]\nurl = "s3://desk/mails/"\nkey_id = "id"\nsecret_file = "secret"\n'


def config(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(SMALL + text)
    return file


def test_the_bucket_is_read_with_its_secret_as_it_is_now(tmp_path: Path) -> None:
    settings = load(config(tmp_path, TABLE)).settings
    with pytest.raises(StorageError, match="secret of the bucket"):
        where(settings)
    (tmp_path / "secret").write_text("hush\n")
    bucket = where(settings).bucket
    assert bucket is not None
    assert (bucket.url, bucket.secret, bucket.least) == ("s3://desk/mails", "hush", 256 * 1024)
    assert "hush" not in repr(bucket)


def test_without_the_table_all_mail_is_in_the_database(tmp_path: Path) -> None:
    assert where(load(config(tmp_path, "")).settings).bucket is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("s3://desk/mails/", "https://desk/mails", "no url of a bucket"),
        ("s3://desk/mails/", "s3://id:secret@desk", "no url of a bucket"),
        ('secret_file = "secret"', "", "exactly one of secret_file and secret_credential"),
        ('key_id = "id"', 'key_id = "id"\nfrom = "1 KiB"', "16 KiB or more"),
    ],
    ids=["another scheme", "a secret in the url", "no secret", "too small"],
)
def test_what_cannot_be_right_is_refused_with_what_would_be(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ConfigErrors, match=told):
        load(config(tmp_path, TABLE.replace(old, new)))
