"""Writes one event of each kind, as the service makes them: python3 -m orders.samples FOLDER."""

import json
import pathlib
import sys

from orders.intake import handler

ORDERS = (
    {"order": "2026-0001", "customer": "c-17", "lines": [{"article": "rye-flour-1kg", "quantity": 10}]},
    {"order": "2026-0002", "customer": "c-17", "lines": [{"article": "millstone", "quantity": 1}]},
)


def main(folder):
    for order in ORDERS:
        event = handler(order)
        pathlib.Path(folder, event["type"] + ".json").write_text(json.dumps(event, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
