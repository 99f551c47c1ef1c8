"""``python -m mentions.cli`` runs the command line, as ``mentions`` does."""

from . import main

main()
