"""`python -m netproof` is `netproof`."""

import sys

from netproof.cli.main import main

sys.exit(main())
