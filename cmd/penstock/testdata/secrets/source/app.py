import os


def give(event, context):
    secret = os.environ["TOKEN"]
    print("the function has", secret)
    return {"outputVariables": {"KEY": secret, "IN_A_URL": f"https://user:{secret}@host.test", "GIVEN": "yes"}}


def fail(event, context):
    raise ValueError("the function was refused with " + os.environ["TOKEN"])
