"""Matches each event of standard input with its pattern as moto does: a JSON object {"pattern", "event"} on a line, both
texts, is answered by true, false, or the text of an error."""

import json
import sys

from moto.events.models import EventPattern

for line in sys.stdin:
    case = json.loads(line)
    try:
        answer = EventPattern.load(case["pattern"]).matches_event(json.loads(case["event"]))
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))
