"""What the documents name exists, and what comments cite is written there."""

import functools
import pathlib
import re
import subprocess

import headwater as hw

PAGES = sorted((hw.ROOT / "docs").glob("*.md"))
DOCUMENTS = [hw.ROOT / "README.md", hw.ROOT / "SECURITY.md", *PAGES, *sorted((hw.ROOT / "docs" / "decisions").glob("*.md"))]
TARGETS = {folder.name for folder in (hw.ROOT / "Sources").iterdir() if folder.is_dir()}
TESTS = {folder.name for folder in (hw.ROOT / "Tests").iterdir() if folder.is_dir()}
# Written in capitals before a number, and no page of ours.
STANDARDS = {"HTTP", "IEEE", "ISO", "RFC", "TLS", "UTC"}


def text(path):
    return path.read_text(encoding="utf-8")


def shown(path):
    return str(path.relative_to(hw.ROOT))


def nothing(wrong):
    assert not wrong, "\n".join(["", *wrong])


def prose(path):
    """A document without its fenced examples."""
    return re.sub(r"^```.*?^```", "", text(path), flags=re.MULTILINE | re.DOTALL)


def spans(path):
    """The code that stands inside a document's sentences."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(path))


@functools.cache
def tree():
    """Every file and folder of what is written by hand."""
    roots = [hw.ROOT / name for name in ("Sources", "Tests", "docs", "scripts", "data", ".ci", "Package.swift")]
    return [path for root in roots for path in [root, *root.rglob("*")] if "__pycache__" not in path.parts]


@functools.cache
def endings():
    """The last one to four parts of every path."""
    return {"/".join(path.relative_to(hw.ROOT).parts[-count:]) for path in tree() for count in (1, 2, 3, 4)}


def named_paths(path):
    """Spans that can only mean a file or folder of the repository."""
    for span in spans(path):
        first = span.split("/")[0]
        if not re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*/?", span):
            continue
        if first in {"Sources", "Tests", "docs", "scripts"} or span.startswith("data/cdnow"):
            yield span, (hw.ROOT / span).exists()
        elif first in TARGETS and "/" in span:
            yield span, (hw.ROOT / "Sources" / span).exists()
        elif first in TESTS:
            yield span, (hw.ROOT / "Tests" / span).exists()
        elif re.search(r"\.(swift|py)$", span):
            yield span, span in endings()
        elif re.fullmatch(r"[A-Z]\w+Tests", span):
            yield span, span in endings() or f"{span}.swift" in endings()


def test_every_path_that_a_document_names_exists():
    found = {document: list(named_paths(document)) for document in DOCUMENTS}

    assert len(found[hw.ROOT / "docs" / "ARCHITECTURE.md"]) > 20
    nothing([f"{shown(page)}: {span}" for page, named in found.items() for span, exists in named if not exists])


def test_every_target_has_its_row():
    table = re.search(r"^## Targets\n(.*?)^## ", text(hw.ROOT / "docs" / "ARCHITECTURE.md"), re.MULTILINE | re.DOTALL)[1]
    # System libraries, with a C before their name, have no code of ours.
    ours = {name for name in TARGETS if not re.match("C[A-Z]", name)}

    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == ours


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def test_every_link_resolves():
    broken = []
    for page in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, place = target.partition("#")
            linked = (page.parent / name).resolve() if name else page
            if not linked.exists():
                broken.append(f"{shown(page)}: {target}")
            elif place and place not in [anchor(h) for h in re.findall(r"^#+ (.+)$", text(linked), re.MULTILINE)]:
                broken.append(f"{shown(page)}: {target}")
    nothing(broken)


def test_the_index_has_every_page():
    index = text(hw.ROOT / "docs" / "README.md")

    nothing([page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index])


def test_decisions_are_numbered_one_after_the_other():
    numbers = [int(page.name[:4]) for page in sorted((hw.ROOT / "docs" / "decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


@functools.cache
def sections():
    """The numbered sections and appendices of every page, by the name that comments use."""
    heading = re.compile(r"^#{2,4} (?:(\d+(?:\.\d+)?)\.? |(Appendix [A-Z])\. )", re.MULTILINE)
    return {
        page.stem: [number or appendix.replace("A", "a", 1) for number, appendix in heading.findall(text(page))]
        for page in PAGES
    }


def test_sections_are_numbered_once():
    assert {page: found for page, found in sections().items() if len(found) != len(set(found))} == {}


def comments(path):
    """The comments of a source file, each with its line; what wraps is read as one."""
    lines = text(path).splitlines()
    mark = re.compile(r"^\s*#(.*)$" if path.suffix == ".py" or path.parent.name == "scripts" else r"^(?:.*\s)?//+(.*)$")
    block, start = [], 0
    for number, line in enumerate([*lines, ""], 1):
        found = mark.match(line)
        if found:
            start = start if block else number
            block.append(found[1].strip())
        elif block:
            yield start, " ".join(block)
            block = []
    if path.suffix == ".py":
        for docstring in re.finditer(r'"""(.*?)"""', text(path), re.DOTALL):
            yield text(path).count("\n", 0, docstring.start()) + 1, " ".join(docstring[1].split())


def sources():
    patterns = ["Sources/**/*.swift", "Sources/**/*.h", "Tests/**/*.swift", "Tests/**/*.py", "scripts/*", "Package.swift"]
    return sorted(path for pattern in patterns for path in hw.ROOT.glob(pattern) if path.is_file())


SECTION = r"(?:appendix [A-Z]|\d+(?:\.\d+)?)"
CITATION = re.compile(rf"\b([A-Z]{{3,}}) ({SECTION}(?:(?:, | and | to ){SECTION})*)")


def test_every_section_that_a_comment_cites_is_written():
    cited, wrong = 0, []
    for path in sources():
        for line, comment in comments(path):
            for name, numbers in CITATION.findall(comment):
                if name in STANDARDS:
                    continue
                cited += 1
                missing = [n for n in re.findall(SECTION, numbers) if n not in sections().get(name, [])]
                wrong += [f"{shown(path)}:{line}: {name} {number}" for number in missing]
            wrong += [
                f"{shown(path)}:{line}: {page}"
                for page in re.findall(r"\b[A-Z]{3,}\.md\b", comment)
                if page[:-3] not in sections()
            ]
    assert cited > 100
    nothing(wrong)


def test_every_invariant_that_a_comment_cites_is_written():
    written = set(re.findall(r"^\| (I\d+) \|", text(hw.ROOT / "docs" / "ARCHITECTURE.md"), re.MULTILINE))
    cited = {
        (shown(path), invariant)
        for path in sources()
        for _, comment in comments(path)
        for invariant in re.findall(r"\((I\d+)\b", comment)
    }

    assert len(written) == 8 and len(cited) > 10
    nothing([f"{path}: {invariant}" for path, invariant in sorted(cited) if invariant not in written])


def numbers(cell):
    """The scenarios of `A1`, `A2, A3` or `A4 to A6`."""
    for first, last in re.findall(r"A(\d+)(?: to A(\d+))?", cell):
        yield from range(int(first), int(last or first) + 1)


def test_every_scenario_has_its_test():
    rows = re.findall(r"^\| (A\d[^|]*) \|[^|]*\|[^|]*\| ([^|]*) \|$", text(hw.ROOT / "docs" / "BEHAVIOUR.md"), re.MULTILINE)
    claimed = {number for cell, shower in rows if re.match("core|server|engine", shower) for number in numbers(cell)}
    tested = {
        int(number)
        for path in (hw.ROOT / "Tests").glob("Activation*Tests/**/*.swift")
        for number in re.findall(r"func `A(\d+)\b", text(path))
    }

    assert len(rows) > 30
    assert claimed == tested


def test_error_codes_are_those_of_the_code():
    behaviour = text(hw.ROOT / "docs" / "BEHAVIOUR.md")
    code = "".join(text(path) for path in (hw.ROOT / "Sources").rglob("*.swift"))
    for pattern in (r"\b\d{4}-\d{3}\b", r"\b(?:CFG|AWS|NET)-\w+"):
        written = set(re.findall(f"`({pattern})`", behaviour))
        used = set(re.findall(f'"({pattern})"', code))

        assert len(used) > 5
        assert written == used


@functools.cache
def help_text(*command):
    return subprocess.run([hw.BINARY, *command, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout


@functools.cache
def commands():
    """Every command of the program, as words, with the flags that it takes."""
    known = {}

    def read(command):
        shown_help = help_text(*command)
        known[command] = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown_help))
        listed = re.search(r"^SUBCOMMANDS:\n(.*?)(?:\n\n|\Z)", shown_help, re.MULTILINE | re.DOTALL)
        for word in re.findall(r"^  ([a-z][a-z-]*)(?= |$)", listed[1], re.MULTILINE) if listed else []:
            read((*command, word))

    read(())
    return known


def test_every_command_and_flag_that_a_document_names_exists():
    every = set().union(*commands().values())
    found, unknown = 0, []
    for page in DOCUMENTS:
        examples = re.findall(r"^```\w*\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)
        typed = [line for example in examples for line in example.replace("\\\n", " ").splitlines()]
        for line in [*spans(page), *typed]:
            # Up to what ends one command in a shell line; behind `#` stands a comment.
            for tail in re.findall(r"(?:^|[\s/])headwater ((?:[a-z]|--)[^|;&#`]*)", line):
                words = tail.split()
                command = ()
                for word in words:
                    if (*command, word) not in commands():
                        break
                    command = (*command, word)
                found += 1
                if not command and not words[0].startswith("--"):
                    unknown.append(f"{shown(page)}: headwater {words[0]}")
                    continue
                flags = [word.split("=")[0] for word in words if word.startswith("--")]
                unknown += [f"{shown(page)}: {line}: {flag}" for flag in flags if flag not in commands()[command]]
            if re.fullmatch(r"--[a-z-]+", line):
                found += 1
                unknown += [f"{shown(page)}: {line}"] if line not in every else []
    assert found > 20
    nothing(unknown)
