"""`python -m ticker` is `ticker`."""

from ticker.commands.main import main

raise SystemExit(main())
