"""The Lambda function check-contract: do the events of a release keep the contract?

The job has two input artifacts: Release, with an event of each kind in samples/, and ContractSource,
with a JSON schema for each kind that other teams read. A kind may gain members; it may not lose one.
"""

import json

import jobs
import schema


def handler(event, _context):
    job = event["CodePipeline.job"]
    release, contract = (jobs.artifact(job, name) for name in ("Release", "ContractSource"))
    kinds = sorted(name for name in contract.namelist() if name.endswith(".json"))
    broken = [problem for kind in kinds for problem in problems(kind, release, contract)]
    for problem in broken:
        print(problem)
    if broken:
        jobs.failed(job, "; ".join(broken))
        return
    print(f"{len(kinds)} kinds of event keep the contract")
    jobs.succeeded(job, f"{len(kinds)} events", EVENTS=str(len(kinds)))


def problems(kind, release, contract):
    try:
        event = json.loads(release.read(f"samples/{kind}"))
    except KeyError:
        return [f"{kind}: the release has no such event any more"]
    return [f"{kind}: {problem}" for problem in schema.problems(json.loads(contract.read(kind)), event)]
