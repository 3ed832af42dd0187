"""The seeds of each target: small inputs of our own making, one a file, in `corpus/TARGET`."""

from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")


def folder_of(target: str) -> Path:
    return CORPUS / target


def seeds(target: str) -> dict[str, bytes]:
    """The seeds of a target by the names of their files."""
    return {file.name: file.read_bytes() for file in sorted(folder_of(target).iterdir())}
