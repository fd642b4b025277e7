"""As much of JSON Schema as the contract uses: type, enum, required, properties, items."""

TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def problems(schema, value, at="the event"):
    """What is wrong with a value, each with its place."""
    if "type" in schema and type(value) is not TYPES[schema["type"]]:
        return [f"{at} is no {schema['type']}"]
    found = []
    if value not in schema.get("enum", [value]):
        found.append(f"{at} is {value!r}")
    if isinstance(value, dict):
        found += [f"{at} has no {name}" for name in schema.get("required", []) if name not in value]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                found += problems(inner, value[name], name)
    if isinstance(value, list):
        for item in value:
            found += problems(schema.get("items", {}), item, f"an item of {at}")
    return found
