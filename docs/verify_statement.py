#!/usr/bin/env python3
"""Verify an exported monthly statement and its chain, offline. 离线核对导出的月报及其报表链。

    python3 verify_statement.py YJ-2026-09.zip            # or the unpacked folder 或解压后的文件夹
    python3 verify_statement.py YJ-2026-09.zip --digest <the digest that was published 公布的摘要>
    python3 verify_statement.py YJ-2026-09.json           # the file of the public page 公开页面下载的文件

Needs nothing but Python 3.9 and knows nothing of the shop that made the file. What it checks, and names the file
in which something is wrong:

1. every statement is the canonical text whose SHA-256 stands in digests.txt and in the statement after it;
2. no month is missing from the first statement to the last, and each carries the sums of the one before on;
3. the entries are those whose digest the statement names, all of its month and series;
4. every sum of the statement, in total and by every dimension, is the sum of these entries.

Of the public file, which names digests and sums by place and programme only: that no month is missing, that each
statement names the digest of the one before and carries its sums on, and that places and programmes add up.

Exit code 0: everything agrees. 1: something does not. 2: there is nothing to check.
Whoever wants to know that nobody made the whole chain anew compares the last digest with the published one.
"""

import argparse
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

FORMAT = "yuanshan-statement/1"
PUBLIC_FORMAT = "yuanshan-statement-public/1"
SUMMED_BY = (
    "region",
    "township",
    "programme",
    "supplier",
    "product",
    "category",
    "certification",
    "buyer_kind",
    "credited_organisation",
    "mode",
    "channel",
    "grade",
    "eligibility",
    "ineligible_reason",
    "rule_version",
)
_ESCAPED = re.compile(r"\\(u001f|n|r|\\)")
_PLAIN = {"u001f": "\x1f", "n": "\n", "r": "\r", "\\": "\\"}


class Wrong(Exception):
    """A file that is not what it should be."""


class Folder:
    """The files of an export, out of a zip or a folder."""

    def __init__(self, place):
        self.zip = None if place.is_dir() else zipfile.ZipFile(place)
        self.place = place

    def names(self):
        """Return the names of all files, with slashes."""
        if self.zip is not None:
            return sorted(name for name in self.zip.namelist() if not name.endswith("/"))
        files = (path for path in self.place.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.place).as_posix() for path in files)

    def read(self, name):
        """Return a small file's bytes."""
        with self.open(name) as file:
            return file.read()

    def open(self, name):
        """Open a file for reading bytes."""
        return self.zip.open(name) if self.zip is not None else (self.place / name).open("rb")


def canonical(body):
    """Return the one way in which a statement is written down."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def statement_of(folder, name):
    """Return (parsed, digest) of a statement's file."""
    raw = folder.read(name)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Wrong(f"cannot be read as a statement ({error}) 无法读取") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise Wrong(f"is not a statement of the format {FORMAT} 不是本格式的月报")
    if canonical(body) != raw:
        raise Wrong("is not in canonical form: it has been changed 不是规范写法，已被改动")
    if name != f"statements/{body['number']}.json":
        raise Wrong(f"holds the statement {body['number']} 文件名与编号不符")
    return body, hashlib.sha256(raw).hexdigest()


def named_digests(folder):
    """Return {file name: digest} as digests.txt says."""
    lines = folder.read("digests.txt").decode("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines if line.strip())}


def next_month(month):
    """Return the month after, as text."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def plus(one, other):
    """Return the sum of two sets of figures, without zeros."""
    keys = set(one) | set(other)
    return {key: fen for key in keys if (fen := one.get(key, 0) + other.get(key, 0))}


def check_chain(body, before, before_digest):
    """Yield what is wrong between a statement and the one before it."""
    previous = body["previous"]
    wanted = {"number": before["number"], "digest": before_digest} if before else None
    if before is None and previous is not None:
        yield f"names {previous['number']} as the one before, which is missing 缺少上一份报表"
        return
    if previous != wanted:
        yield f"does not follow {wanted['number']}: it names another digest for it 与上一份报表的摘要不符"
    if before and next_month(before["month"]) != body["month"]:
        yield f"leaves out months after {before['month']} 月份不连续"
    to_date = before["to_date"] if before else {}
    this_year = before["year_to_date"] if before and body["month"][5:] != "01" else {}
    for name, carried in (("to_date", to_date), ("year_to_date", this_year)):
        if body[name] != plus(carried, body["figures"]):
            yield f"carries wrong sums on in {name} 累计数不等于上期累计加本月"


def entry_of(line):
    """Return the fields of an entry's line."""
    fields = {}
    for part in line.decode().split("\x1f"):
        name, sign, value = part.partition("=")
        if not sign:
            raise Wrong(f"has a line that is no entry: {part[:40]!r} 有无法读取的行")
        fields[name] = _ESCAPED.sub(lambda match: _PLAIN[match.group(1)], value)
    return fields


def parts_of(entry):
    """Yield the figures that an entry is a part of, as the counting rules say."""
    fen = int(entry["fen"])
    if entry["kind"] != "goods":
        yield entry["kind"], fen
    elif entry["stage"] == "receivable":
        yield "receivable", fen
    elif entry["eligibility"] != "eligible" or entry["grade"] not in ("A", "B", "C"):
        yield "not_counted", fen
    else:
        yield "net", fen
        yield f"stage-{entry['stage']}", fen
        if entry["stage"] == "confirmed":
            yield "confirmed", fen
        if entry["leg"] in ("apply", "reverse", "restate"):
            yield "gross", fen
        elif entry["leg"] == "refund":
            yield "refunded", -fen


def add(figures, parts):
    """Add parts to figures."""
    for key, fen in parts:
        figures[key] = figures.get(key, 0) + fen


def tidy(groups):
    """Return groups without zeros."""
    kept = {name: {key: fen for key, fen in figures.items() if fen} for name, figures in groups.items()}
    return {name: figures for name, figures in kept.items() if figures}


def check_entries(folder, name, body):
    """Yield what is wrong between a statement and the file of its entries."""
    digest, count = hashlib.sha256(), 0
    figures, restates = {}, {}
    dimensions = {dimension: {} for dimension in SUMMED_BY}
    series = "True" if body["data"] == "demo" else "False"
    with folder.open(name) as file:
        for line in file:
            digest.update(line)
            count += 1
            entry = entry_of(line.rstrip(b"\n"))
            if entry["booked_on"][:7] != body["month"] or entry["demo"] != series:
                yield f"line {count} is of another month or series 第 {count} 行不属于该月或该数列"
            parts = list(parts_of(entry))
            add(figures, parts)
            month = entry["relates_to"][:7]
            if entry["relates_to"] != "None" and month != body["month"]:
                add(restates.setdefault(month, {}), parts)
            for dimension in SUMMED_BY:
                add(dimensions[dimension].setdefault(entry[dimension], {}), parts)
    if count != body["entries"]:
        yield f"holds {count} entries, the statement counts {body['entries']} 条数不符"
    if digest.hexdigest() != body["entries_digest"]:
        yield "has another digest than the statement names: it has been changed 摘要不符，已被改动"
    if tidy({"": figures}).get("", {}) != body["figures"]:
        yield "sums to other figures than the statement's 合计与报表不符"
    if tidy(restates) != body["restates"]:
        yield "restates earlier months otherwise than the statement says 追溯数与报表不符"
    for dimension, groups in dimensions.items():
        if tidy(groups) != body["dimensions"].get(dimension):
            yield f"sums otherwise by {dimension} than the statement says 按 {dimension} 的合计不符"


def check_all(folder, published=None):
    """Return (lines of what agrees, lines of what does not), each beginning with a file's name."""
    right, wrong = [], []
    names = folder.names()
    digests = named_digests(folder) if "digests.txt" in names else {}
    chains = {}
    for name in names:
        if name.startswith("statements/"):
            try:
                body, digest = statement_of(folder, name)
            except Wrong as error:
                wrong.append(f"{name}: {error}")
                continue
            if digests.get(name) != digest:
                wrong.append(f"{name}: is not what digests.txt names 与 digests.txt 不符")
            chains.setdefault(body["data"], []).append((body, digest, name))
    for name in sorted(set(digests) - set(names)):
        wrong.append(f"{name}: is missing 文件缺失")
    known = {}
    for chain in chains.values():
        before, before_digest = None, ""
        for body, digest, name in sorted(chain, key=lambda item: item[0]["month"]):
            found = [f"{name}: {text}" for text in check_chain(body, before, before_digest)]
            wrong += found
            if not found:
                right.append(f"{name}: {body['month']}, SHA-256 {digest}")
            before, before_digest = body, digest
            known[f"entries/{body['number']}.txt"] = body
        if published and published.lower() != before_digest:
            wrong.append(f"{name}: its digest is not the published one 与公布的摘要不符")
    for name in names:
        if not name.startswith("entries/"):
            continue
        if name not in known:
            wrong.append(f"{name}: there is no statement of these entries 没有对应的报表")
            continue
        try:
            found = [f"{name}: {text}" for text in check_entries(folder, name, known[name])]
        except (Wrong, KeyError, ValueError) as error:
            found = [f"{name}: {error}"]
        wrong += found
        if not found:
            right.append(f"{name}: {known[name]['entries']} entries, every sum agrees 条，各项合计相符")
    return right, wrong


def check_public(raw, published=None):
    """Return (lines of what agrees, lines of what does not) of the file that the public page hands out."""
    try:
        body = json.loads(raw)
        statements = body["statements"] if body.get("format") == PUBLIC_FORMAT else None
    except (ValueError, AttributeError, KeyError):
        statements = None
    if not isinstance(statements, list):
        return [], [f"it is not a file of the format {PUBLIC_FORMAT} 不是本格式的公开文件"]
    right, wrong = [], []
    before, before_digest = None, ""
    for statement in statements:
        try:
            name = f"{statement['number']} {statement['month']}"
            found = [f"{name}: {text}" for text in check_chain(statement, before, before_digest)]
            for dimension, groups in statement["dimensions"].items():
                total = {}
                for figures in groups.values():
                    total = plus(total, figures)
                if total != statement["figures"]:
                    found.append(f"{name}: sums otherwise by {dimension} 按 {dimension} 的合计不符")
            before, before_digest = statement, statement["digest"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return right, [*wrong, f"a statement cannot be read ({error!r}) 无法读取"]
        wrong += found
        if not found:
            right.append(f"{name}: digest 摘要 {before_digest}")
    if published and published.lower() != before_digest:
        wrong.append(f"{name}: its digest is not the published one 与公布的摘要不符")
    return right, wrong


def check_place(place, published=None):
    """Return what agrees and what does not in a file or folder, whichever it is."""
    if place.suffix.lower() == ".json" and place.is_file():
        return check_public(place.read_bytes(), published)
    return check_all(Folder(place), published)


def main():
    """Check what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "export", type=Path, help="the zip, the folder it was unpacked into, or the public json"
    )
    parser.add_argument("--digest", help="the digest that was published for the last statement")
    options = parser.parse_args()
    try:
        right, wrong = check_place(options.export, options.digest)
    except (OSError, zipfile.BadZipFile) as error:
        print(f"{options.export}: cannot be read: {error}", file=sys.stderr)
        return 1
    for line in right:
        print(f"ok     {line}")
    for line in wrong:
        print(f"WRONG  {line}", file=sys.stderr)
    if not right and not wrong:
        print(f"{options.export}: holds no statement 其中没有月报", file=sys.stderr)
        return 2
    print("Everything agrees. 全部相符。" if not wrong else f"{len(wrong)} findings 处不符")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
