"""The bill of materials fits its schema, and names what the program is built from."""

import functools
import importlib.machinery
import importlib.util
import json
import re
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import headwater as hw

SCRIPT = hw.ROOT / "scripts" / "sbom"


@functools.cache
def written():
    return subprocess.run([SCRIPT], capture_output=True, text=True, timeout=300, check=True).stdout


def components():
    """All of them, those inside others too, by name."""
    found = {}
    waiting = [*json.loads(written())["components"]]
    while waiting:
        one = waiting.pop()
        found.setdefault(one["name"], []).append(one)
        waiting += one.get("components", [])
    return found


def test_it_fits_the_schema():
    error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(written())

    assert error is None, str(error)[:2_000]
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(written().replace('"library"', '"book"')) is not None


def test_every_package_is_there_at_the_version_that_is_built():
    pins = json.loads((hw.ROOT / "Package.resolved").read_text())["pins"]
    resolved = {pin["identity"]: (pin["state"]["version"], pin["state"]["revision"]) for pin in pins}

    told = {
        name: (one["version"], next(p["value"] for p in one["properties"] if p["name"] == "headwater:revision"))
        for name, named in components().items()
        for one in named
        if one.get("purl", "").startswith("pkg:swift/")
    }

    assert len(resolved) > 20
    assert told == resolved


def test_what_is_not_linked_is_said_to_be_left_out():
    scopes = {name: named[0]["scope"] for name, named in components().items()}

    # Apple's systems alone have what it stands on.
    assert scopes["swift-nio-transport-services"] == "excluded"
    assert scopes["swift-nio"] == scopes["swift-crypto"] == scopes["swift-system"] == scopes["sqlite3"] == "required"


def test_libraries_of_the_system_are_there():
    manifest = (hw.ROOT / "Package.swift").read_text()
    libraries = re.findall(r'systemLibrary\(name: "\w+", pkgConfig: "([a-z0-9-]+)"', manifest)
    named = {"sqlite3": "sqlite3", "libpcre2-8": "pcre2", "zlib": "zlib"}

    # Programs that are given away are built without PostgreSQL.
    assert libraries and set(libraries) - {"libpq"} == set(named)
    for name in [*named.values(), "libstdc++", "libc", "libgcc_s"]:
        [one] = components()[name]
        assert one["purl"].startswith("pkg:deb/debian/") and one["version"], one
    assert {"name": "headwater:linked", "value": "in the program"} in components()["sqlite3"][0]["properties"]
    assert {"name": "headwater:linked", "value": "on the machine"} in components()["libc"][0]["properties"]


def test_what_packages_carry_of_others_is_there():
    """Faults of these are not told of the packages in which they are."""
    revisions = {one["version"] for one in components()["boringssl"]}

    assert len(components()["boringssl"]) == 2 and all(re.fullmatch("[0-9a-f]{40}", one) for one in revisions)
    assert re.fullmatch(r"\d+\.\d+\.\d+", components()["llhttp"][0]["version"])
    assert re.match(r"\d+\.\d+", components()["swift"][0]["version"])


def test_everything_is_needed_by_something():
    document = json.loads(written())
    program = document["metadata"]["component"]["bom-ref"]
    needs = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    reached, waiting = set(), [program]
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting += needs.get(reference, [])

    assert reached == {program} | {one["bom-ref"] for one in document["components"]}


def test_the_same_program_has_the_same_bill():
    again = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=300, check=True).stdout

    assert again == written()


def test_every_package_has_terms():
    without = {name for name, named in components().items() for one in named if "licenses" not in one}

    # Their files of terms hold several; nothing is guessed.
    assert without == {"boringssl", "xkcp", "libc", "swift-foundation-icu"}


@pytest.mark.parametrize(
    "words, expected",
    [
        ("Apache License\n  Version 2.0, January 2004", "Apache-2.0"),
        ("Apache License\nVersion 2.0\n## Runtime Library Exception to the Apache 2.0 License", "Apache-2.0 WITH Swift-exception"),
        ("Permission is hereby granted,\nfree of charge, to any person", "MIT"),
        ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
        ("Redistribution and use in source and binary forms ... Neither the name of X", "BSD-3-Clause"),
        ("GNU General Public License. Redistribution and use in source and binary forms", None),
        ("All rights reserved", None),
    ],
)
def test_terms_are_told_by_their_words(tmp_path, words, expected):
    loader = importlib.machinery.SourceFileLoader("sbom", str(SCRIPT))
    script = importlib.util.module_from_spec(importlib.util.spec_from_loader("sbom", loader))
    # The script's folder is no place for what Python keeps.
    loader.exec_module(script)
    file = tmp_path / "LICENSE"
    file.write_text(words)

    assert script.terms(file) == ({"licenses": [{"expression": expected}]} if expected else {})


def test_without_a_build_it_says_what_to_do(tmp_path):
    refused = subprocess.run([SCRIPT, "--scratch-path", tmp_path], capture_output=True, text=True, timeout=300)

    assert refused.returncode == 1 and "build it first" in refused.stderr, refused
