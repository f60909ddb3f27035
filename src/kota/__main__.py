"""``python -m kota``."""

from kota.cli import main

main()
