"""The function of the service. What it returns, Lambda puts on the event bus (template.yml)."""

from orders.prices import PRICES, price_of

LARGEST = 500  # pieces of one article: what the warehouse can pack in a day


def handler(order, _context=None):
    """Takes {"order", "customer", "lines": [{"article", "quantity"}]} and returns an event."""
    reasons = refusals(order["lines"])
    if reasons:
        return {"type": "order-refused", "order": order["order"], "reasons": reasons}
    lines = [priced(line) for line in order["lines"]]
    return {
        "type": "order-placed",
        "order": order["order"],
        "customer": order["customer"],
        "lines": lines,
        "total": sum(line["quantity"] * line["price"] for line in lines),
    }


def refusals(lines):
    """Every reason against these lines, not only the first."""
    reasons = [] if lines else ["nothing is ordered"]
    for line in lines:
        article, quantity = line["article"], line["quantity"]
        if article not in PRICES:
            reasons.append(f"{article} is not sold")
        if not 1 <= quantity <= LARGEST:
            reasons.append(f"{quantity} of {article}: 1 to {LARGEST} can be ordered")
    return reasons


def priced(line):
    return {**line, "price": price_of(line["article"], line["quantity"])}
