"""`python -m firmware_sim PART`: one piece of the simulated world as a process."""

import argparse

from firmware_sim import reader, wire

_PARTS = {"reader": reader, "wire": wire}
"""A part is a module with `add_arguments(parser)` and `run(arguments)`."""


def main() -> None:
    """Run the part that the command line names."""
    parser = argparse.ArgumentParser(prog="firmware_sim", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    for name, part in _PARTS.items():
        summary = (part.__doc__ or "").partition("\n")[0]
        part.add_arguments(parts.add_parser(name, help=summary))
    arguments = parser.parse_args()
    _PARTS[arguments.part].run(arguments)


if __name__ == "__main__":
    main()
