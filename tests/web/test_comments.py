"""Comments go, and nothing else does."""

from importlib.resources import files
from pathlib import Path

import pytest

from web.comments import without_comments

SCRIPTS = sorted(path for kind in ("*.css", "*.js") for path in Path(str(files("web") / "static")).rglob(kind))


@pytest.mark.parametrize(
    ("script", "served"),
    [
        ("/** What it does. */\nlet a;\n", "\nlet a;\n"),
        ("  /**\n   * @param {string} a\n   */\n  run(a) {}\n", "\n\n\nrun(a) {}\n"),
        ("// a\n  // b\nlet a; // c\n", "\n\nlet a; // c\n"),
        ("/* A sheet. */\na {\n  b: c;\n}\n", "\na {\nb: c;\n}\n"),
        ("/*! A licence. */\nlet a;\n", "/*! A licence. */\nlet a;\n"),
        ("/** @type {A} */ (a).b();\nlet c;\n/* d */\n", "(a).b();\nlet c;\n\n"),
        ("const a = /** @type {{b: C}} */ (b);\n", "const a = (b);\n"),
        ("const a = /* not a cast */ b;\n", "const a = /* not a cast */ b;\n"),
        ("  a(`\n    b\n  `);\n    c();\n", "a(`\n    b\n  `);\nc();\n"),
        ('fetch("http://host/"); /* a\n b */ c();\n', 'fetch("http://host/"); /* a\nb */ c();\n'),
        ('const a = "/* a */";\nconst b = "*/";\n', 'const a = "/* a */";\nconst b = "*/";\n'),
        ("let a;\n/* never closed\nlet b;\n", "let a;\n/* never closed\nlet b;\n"),
    ],
)
def test_only_comments_on_lines_of_their_own_go(script: str, served: str) -> None:
    assert without_comments(script) == served


def test_no_line_of_a_template_literal_looks_like_a_comment() -> None:
    assert len(SCRIPTS) > 30
    for script in SCRIPTS:
        text = script.read_text()
        before, after = text.split("\n"), without_comments(text).split("\n")
        assert len(after) == len(before)
        gone = [number for number, line in enumerate(before) if after[number] != line]
        within = [number + 1 for number in gone if "\n".join(after[:number]).count("`") % 2]
        assert within == [], f"lines of {script}"
