"""The command line: `main` finds the module of the command that was asked for, and imports no other."""

from config.cli.entry import main

__all__ = ["main"]
