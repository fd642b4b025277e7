"""What a role may do where ministack, which checks requests, acts without one in a role's name; and what requests are
about, where ministack checks them against every resource, so that no policy with less than "*" allows them.
"""

import json
from typing import Any, Callable

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

# By service, what tells the ARN of the resource from a request's JSON; "" where it cannot.
resources: dict[str, Callable[[dict[str, Any]], str]] = {}


def apply() -> None:
    """Has requests checked against what they are about."""
    extract = iam_actions.extract_resource_arn

    def extract_or_tell(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
        resource = extract(service, method, path, headers, body, *rest)
        if resource == "*" and service in resources:
            return resources[service](json.loads(body or b"{}")) or resource
        return resource

    iam_actions.extract_resource_arn = extract_or_tell


def allows(role: str, action: str, resource: str) -> bool:
    """Whether the policies of a role, and its boundary, allow an action on a resource."""
    account, name = get_account_id(), role.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/ministack",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    return iam_evaluator.evaluate(context, policies, *limits).decision == "Allow"


def function_arn(reference: str) -> str:
    """The ARN of a function that is named by it or by its name."""
    if reference.startswith("arn:"):
        return reference
    return f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}"
