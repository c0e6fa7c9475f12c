"""`python -m config.cli`: what ./minhu becomes."""

import sys

from config.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
