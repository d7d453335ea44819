"""How many examples a property test takes."""

import os


def examples(few: int) -> int:
    """Return `few`, or the multiple of it that `make test-all` asks for (TEST_EXAMPLES)."""
    return few * int(os.environ.get("TEST_EXAMPLES", "1"))
