"""Scripts without their comments, which are two fifths of what a browser would load.

Only what stands on lines of its own goes, and the lines stay, so that an error's line number is the file's own.
"""

import re

_COMMENT = re.compile(r"^[ \t]*(?:/\*(?!!)(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)
"""One, or several lines that hold nothing else. Comments that begin with `/*!` are licences, and stay."""


def without_comments(script: str) -> str:
    """A script with empty lines in place of its comments.

    A line within a template literal that looks like a comment would go too: our scripts have none, as a test asserts.
    """
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), script)
