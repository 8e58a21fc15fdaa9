"""`python -m bench NAME [--json FILE]`: measure, print a table, keep the rows."""

import argparse
import json
from pathlib import Path

from bench import door

_BENCHES = {"door": door}
"""A bench is a module with `add_arguments(parser)` and `run(arguments) -> rows`."""


def table(rows: list[dict[str, object]]) -> str:
    """Return the rows, which have the same keys, as an aligned table."""
    if not rows:
        return "nothing measured"
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )


def main() -> None:
    """Run the bench that the command line names."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name, bench in _BENCHES.items():
        summary = (bench.__doc__ or "").partition("\n")[0]
        one = names.add_parser(name, help=summary)
        one.add_argument("--json", type=Path, help="also write the rows to this file")
        bench.add_arguments(one)
    arguments = parser.parse_args()
    rows = _BENCHES[arguments.name].run(arguments)
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
