"""Suite intake: which orders are taken."""

import unittest

from orders.intake import handler


def order(*lines):
    return {"order": "1", "customer": "c", "lines": [{"article": a, "quantity": n} for a, n in lines]}


class Intake(unittest.TestCase):
    def test_total(self):
        event = handler(order(("rye-flour-1kg", 2), ("oat-flakes-500g", 3)))
        self.assertEqual((event["type"], event["total"]), ("order-placed", 2 * 240 + 3 * 185))

    def test_nothing_ordered(self):
        self.assertEqual(handler(order())["reasons"], ["nothing is ordered"])

    def test_every_reason_is_told(self):
        event = handler(order(("millstone", 1), ("rye-flour-1kg", 0)))
        self.assertEqual(event["type"], "order-refused")
        self.assertEqual(len(event["reasons"]), 2)

    def test_largest_order(self):
        self.assertEqual(handler(order(("rye-flour-1kg", 500)))["type"], "order-placed")
        self.assertEqual(handler(order(("rye-flour-1kg", 501)))["type"], "order-refused")
