"""Runs every measurement and prints what came out, with the conditions it came out under."""

from __future__ import annotations

import argparse
import os
import platform
import sys

from bench import first_import


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--orders", type=int, default=50_000, help="how many orders the first import has")
    options = parser.parse_args()
    conditions = [
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores",
        f"load {os.getloadavg()[0]:.1f} before the start",
    ]
    result = first_import.measure(options.orders)
    print(*conditions, *result.conditions, sep="\n")
    print()
    width = max(len(row.what) for row in result.rows)
    for row in result.rows:
        print(f"{row.what:<{width}}  {row.value:>12}  {row.unit}")
    sys.exit(0 if result.is_good else 1)


if __name__ == "__main__":
    main()
