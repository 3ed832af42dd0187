"""What each command does, one module a noun. `triage.commands` has the table of them all."""
