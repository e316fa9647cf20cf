"""Starts the emulator of AWS with one correction.

SQS has no permission of its own for calls of several messages: whoever may SendMessage may SendMessageBatch (AWS docs: Amazon
SQS API permissions). ministack 1.5.33 asks for an action that IAM does not know.
"""

from ministack import app
from ministack.core import iam_actions

asked_for = iam_actions.extract_iam_action


def as_iam_knows_it(*arguments, **options):
    action = asked_for(*arguments, **options)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


iam_actions.extract_iam_action = as_iam_knows_it

if __name__ == "__main__":
    app.main()
