"""`python -m infra` is the command line."""

from infra.cli import main

main()
