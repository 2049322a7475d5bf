"""`python -m snapshot`: the agent alone."""

from snapshot.cli import main

main()
