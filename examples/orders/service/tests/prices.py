"""Suite prices: what a piece costs."""

import unittest

from orders.prices import price_of


class Prices(unittest.TestCase):
    def test_one_piece(self):
        self.assertEqual(price_of("rye-flour-1kg", 1), 240)

    def test_last_piece_at_full_price(self):
        self.assertEqual(price_of("rye-flour-1kg", 9), 240)

    def test_first_rebate(self):
        self.assertEqual(price_of("rye-flour-1kg", 10), 228)

    def test_second_rebate(self):
        self.assertEqual(price_of("rye-flour-1kg", 25), 216)

    def test_article_that_is_not_sold(self):
        with self.assertRaises(KeyError):
            price_of("millstone", 1)
