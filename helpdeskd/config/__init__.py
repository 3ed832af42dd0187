"""Configuration and directory files: from TOML to checked values, and what is wrong with them, by file and line.

`load` is the way in: a file becomes a `Loaded` (the desk for decisions, settings for the daemon) or all of its errors
at once. `schema` is the only place where keys, defaults and their sentences stand; `references` asks what tables say of
each other, `advice` what is legal but unwise, `files` whether what is named is there. `directory_file` reads customers
and agents, `credentials` secrets, `init` writes a first desk, `example` config.example.toml.
"""
