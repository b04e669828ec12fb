"""``python -m schemaguard``."""

import sys

from schemaguard.cli import main

sys.exit(main())
