"""Runs a command as the unit confines it, as far as that goes without systemd: confined.py UNIT STATE COMMAND…

Emulated, for root on Linux: the system calls that the unit's filter leaves (systemd-analyze knows its sets), memory
that is never both written and run, the address families, no namespaces, no capability, no way to get one, everything
read-only but STATE, a /proc of processes only, the limits on files and core dumps, and the mask of new files. Not
emulated: another user, NoExecPaths, the device list, limits of cgroups, and credentials that PID 1 hands over.
"""

import ctypes
import errno
import mmap
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pyseccomp as sec

WRITE, RUN = mmap.PROT_WRITE, mmap.PROT_EXEC
NAMESPACES = 0x7E020080
"""CLONE_NEW* of namespaces(7)."""
OWN_RULES = {"mmap", "mprotect", "pkey_mprotect", "socket", "clone", "clone3", "unshare", "setns", "personality"}


def main(unit: Path, state: str, command: list[str]) -> None:
    settings = [line.partition("=")[::2] for line in unit.read_text().splitlines() if "=" in line and line[0] != "#"]
    shut_off(state)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(dict(settings)["LimitNOFILE"]),) * 2)
    os.umask(int(dict(settings)["UMask"], 8))
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
    if os.environ.pop("CONFINED", ""):
        allowed_calls(settings).load()
        os.execvp(command[0], command)
    os.environ["CONFINED"] = "yes"
    os.execvp(drop[0], [*drop, sys.executable, __file__, str(unit), state, *command])


def shut_off(state: str) -> None:
    """A mount namespace of its own, where only `state` can be written; once."""
    if os.environ.get("CONFINED"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000):
        raise OSError(ctypes.get_errno(), "unshare")
    for words in (
        ["--make-rprivate", "/"],
        ["--bind", state, state],
        ["-o", "remount,bind,ro", "/"],
        ["-t", "proc", "-o", "subset=pid,hidepid=invisible", "proc", "/proc"],
    ):
        subprocess.run(["mount", *words], check=True)


def allowed_calls(settings: list[tuple[str, str]]) -> sec.SyscallFilter:
    """The filter, which stays with the process and its children."""
    kept: set[str] = set()
    for name, value in settings:
        if name == "SystemCallFilter" and value.startswith("~"):
            kept -= calls_of(value[1:])
        elif name == "SystemCallFilter":
            kept |= calls_of(value)
    families = next(value for name, value in settings if name == "RestrictAddressFamilies").split()
    rules = sec.SyscallFilter(sec.ERRNO(errno.EPERM))
    rules.set_attr(sec.Attr.CTL_NNP, 0)
    for call in sorted(kept - OWN_RULES):
        if sec.resolve_syscall(sec.system_arch(), call) >= 0:
            rules.add_rule(sec.ALLOW, call)
    for call, where in (("mmap", 2), ("mprotect", 2), ("pkey_mprotect", 2)):
        rules.add_rule(sec.ALLOW, call, sec.Arg(where, sec.MASKED_EQ, RUN, 0))
    rules.add_rule(sec.ALLOW, "mmap", sec.Arg(2, sec.MASKED_EQ, RUN | WRITE, RUN))
    rules.add_rule(sec.ALLOW, "clone", sec.Arg(0, sec.MASKED_EQ, NAMESPACES, 0))
    rules.add_rule(sec.ERRNO(errno.ENOSYS), "clone3")
    for family in families:
        rules.add_rule(sec.ALLOW, "socket", sec.Arg(0, sec.EQ, int(getattr(socket, family))))
    return rules


def calls_of(words: str) -> set[str]:
    """The system calls of names and sets."""
    found: set[str] = set()
    for word in words.split():
        if not word.startswith("@"):
            found.add(word)
            continue
        told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
        lines = [line.strip() for line in told.stdout.splitlines()[1:]]
        found |= calls_of(" ".join(line for line in lines if line and not line.startswith("#")))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
