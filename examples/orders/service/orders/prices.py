"""What articles cost, in cents."""

PRICES = {"rye-flour-1kg": 240, "wheat-flour-1kg": 210, "oat-flakes-500g": 185}

# Half a sack and more is cheaper: (pieces of one article, percent off), the largest first.
REBATES = ((25, 10), (10, 5))


def price_of(article, quantity):
    """The price of one piece when so many are ordered; KeyError for an article that is not sold."""
    full = PRICES[article]
    percent = next((percent for least, percent in REBATES if quantity >= least), 0)
    return full * (100 - percent) // 100
