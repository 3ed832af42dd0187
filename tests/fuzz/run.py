"""`python -m tests.fuzz.run [TARGET …]`: fuzz each target, guided by the branches that an input takes, one after the
other; what it finds is written to a file that is told, and the exit status is 1. All inputs that take new branches are
kept in `.fuzz/TARGET`, and begin the next run; the corpus beside this file is never written.

FUZZ_SECONDS is the time for each target (600). An input that takes more than TIMEOUT seconds, or the process more than
MEMORY MiB, is a finding.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.seeds import folder_of

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".fuzz"
TIMEOUT = 10
MEMORY = 1024
LARGEST = 8192


def main(names: list[str]) -> int:
    """Each target is a process of its own: the fuzzer never comes back from its run."""
    if len(names) == 2 and names[0] == "--one":
        fuzz(names[1])
        return 0
    from tests.fuzz.targets import TARGETS

    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        print(f"no such target: {', '.join(unknown)} (one of: {', '.join(TARGETS)})", file=sys.stderr)
        return 2
    found = [name for name in names or TARGETS if not survives(name)]
    print("\n".join(f"FOUND something in {name}: see {KEPT / name}" for name in found) or "nothing was found")
    return 1 if found else 0


def survives(name: str) -> bool:
    """Whether a target holds for its time."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "600"))
    kept = KEPT / name
    (kept / "inputs").mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "timeout": TIMEOUT,
        "rss_limit_mb": MEMORY,
        "max_len": LARGEST,
        "artifact_prefix": f"{kept}/",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    print(f"== {name}: {seconds} seconds", flush=True)
    flags = [f"-{option}={value}" for option, value in options.items()]
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.run",
        "--one",
        name,
        *flags,
        str(kept / "inputs"),
        str(folder_of(name)),
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def fuzz(name: str) -> None:
    """The fuzzer's own process; the modules are imported so that it sees their branches."""
    import atheris

    with atheris.instrument_imports(include=["helpdeskd.mail", "helpdeskd.triage", "helpdeskd.domain"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *sys.argv[3:]], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3] if sys.argv[1:2] == ["--one"] else sys.argv[1:]))
