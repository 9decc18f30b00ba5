"""The answers to OWASP's requirements are complete, and the files and tests that they name are there."""

import collections
import pathlib
import re

import headwater as hw

PAGE = hw.ROOT / "docs" / "ASVS.md"
# Every requirement of level 1 or 2 of version 4.0.3, with the lower of its levels.
REQUIREMENTS = dict(line.split() for line in (pathlib.Path(__file__).parent / "asvs-4.0.3.txt").read_text().splitlines())
ANSWER = re.compile(r"holds(: .+)?|does not apply, because .+|is not there(: .+)?")
Line = collections.namedtuple("Line", "id level gist answer where shown")


def lines():
    cells = re.findall(r"^\| (\d+\.\d+\.\d+ \|.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [Line(*(cell.strip() for cell in line.split(" | "))) for line in cells]


def code(text):
    return re.findall(r"`([^`]+)`", text)


def files(ending):
    """Files whose paths end so, among what is written by hand."""
    roots = ("Sources", "Tests", "docs", "scripts", "packaging")
    top = [hw.ROOT / ending] if (hw.ROOT / ending).is_file() else []
    inside = [path for root in roots for path in (hw.ROOT / root).rglob(ending.split("/")[-1])]
    return top + [path for path in inside if str(path).endswith(f"/{ending}") and path not in top]


def showing(line):
    """The tests that a line names, each with its file."""
    named = None
    for span in code(line.shown):
        if re.search(r"\.(swift|py)$", span):
            named = span
        else:
            yield named, span


def test_every_requirement_has_one_line():
    assert len(REQUIREMENTS) == 259 and set(REQUIREMENTS.values()) == {"1", "2"}
    assert [(line.id, line.level) for line in lines()] == list(REQUIREMENTS.items())


def test_every_line_has_an_answer_and_what_holds_has_a_reason():
    wrong = [line for line in lines() if not ANSWER.fullmatch(line.answer) or not line.gist]
    # What holds is somewhere, or it is said how.
    wrong += [line for line in lines() if line.answer == "holds" and line.where == "–"]

    assert not wrong


def test_the_summary_names_what_is_not_there_and_nothing_else():
    table = PAGE.read_text(encoding="utf-8").split("## What is not there\n")[1].split("\n## ")[0]
    named = re.findall(r"\b\d+\.\d+\.\d+\b", table)

    assert len(named) == len(set(named))
    assert set(named) == {line.id for line in lines() if line.answer.startswith("is not there")}


def test_every_file_that_an_answer_names_exists():
    found = [(line.id, name) for line in lines() for name in code(line.where)]
    folders = {str(path) for root in ("Sources", "Tests") for path in (hw.ROOT / root).rglob("*") if path.is_dir()}
    missing = [
        (requirement, name)
        for requirement, name in found
        if not files(name) and not any(folder.endswith(f"/{name}") for folder in folders)
    ]

    assert len(found) > 200
    assert not missing


def test_every_test_that_an_answer_names_exists():
    found, missing = 0, []
    for line in lines():
        # A file alone shows nothing.
        for name in {span for span in code(line.shown) if re.search(r"\.(swift|py)$", span)}:
            if name not in {file for file, _ in showing(line)}:
                missing.append((line.id, name, "no test"))
        for file, test in showing(line):
            found += 1
            places = [path for path in files(file or "") if path.is_relative_to(hw.ROOT / "Tests")]
            mark = f"def {test}(" if (file or "").endswith(".py") else f"func `{test}`"
            if not any(mark in path.read_text(encoding="utf-8") for path in places):
                missing.append((line.id, file, test))

    assert found > 150
    assert not missing
