"""Checks template.yaml the way CloudFormation will see it: expanded by SAM's own transform, for several choices of
parameters. `make check-template` runs it; it needs no AWS account and no network.

For each choice: cfn-lint on the expansion (warnings count), the deletion order, and no wildcard in any right.
"""

import json
import os
import logging
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # the transform asks which partition it is in

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it misses somebody who collects its metrics
ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIRED = {
    "EntraTenantId": "11111111-1111-4111-8111-111111111111",
    "EntraClientId": "22222222-2222-4222-8222-222222222222",
    "CredentialsSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:entra-zenqms-AbCdEf",
}
CHOICES = {
    "as it comes": {},
    "on x86_64": {"Architecture": "x86_64"},
    "mapping in Parameter Store": {"GroupRoleMapping": "ssm:/entra-zenqms/mapping"},
    "the first plan has to be approved": {"FirstSyncNeedsApproval": "true"},
    "a text for a missing field": {"MissingFields": '{"jobTitle": {"text": "Not stated"}}'},
    "a role that keeps two holders": {"MinimumHolders": '{"Approver": 2}'},
    "not everybody": {
        "ScopeFilter": "department eq 'QA'",
        "ScopeGroups": "44444444-4444-4444-8444-444444444444",
        "SyncGuests": "false",
        "LeavingScope": "deactivate",
    },
    "mapping in S3, own key, nothing reserved": {
        "GroupRoleMapping": "s3://bucket/mapping.json",
        "CredentialsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/33333333-3333-4333-8333-333333333333",
        "IntakeConcurrency": "0",
    },
}


def expand(choice):
    """The template as CloudFormation gets it, after `sam deploy` has uploaded what it names."""
    source = yaml_parse((ROOT / "template.yaml").read_text())
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    source["Globals"]["Function"].pop("CodeUri")
    return transform(source, {**REQUIRED, **choice}, NoManagedPolicies(), Parser())


class NoManagedPolicies:
    """Every role is written out, so that SAM looks none of AWS's policies up."""

    def load(self):
        return {}


def lint(path, parameters):
    """cfn-lint on a file; every finding counts, down to remarks, and no rule is switched off."""
    command = [pathlib.Path(sys.executable).with_name("cfn-lint"), "--non-zero-exit-code", "informational"]
    command += ["--include-checks", "I", "--regions", "eu-central-1", "us-east-1"]
    if parameters:
        command += ["--parameters"] + [f"{name}={value}" for name, value in parameters.items()]
    return subprocess.run([*command, "--template", path]).returncode == 0


def needs(resource):
    """The names that a resource, or a part of one, refers to."""
    if isinstance(resource, list):
        return set().union(*map(needs, resource)) if resource else set()
    if not isinstance(resource, dict):
        return set()
    found = set()
    for key, value in resource.items():
        if key == "Ref" and isinstance(value, str):
            found.add(value)
        elif key == "Fn::GetAtt":
            found.add((value if isinstance(value, list) else value.split("."))[0])
        elif key == "DependsOn":
            found.update([value] if isinstance(value, str) else value)
        else:
            found |= needs(value)
    return found


def ancestors(resources, name):
    """Everything that exists before a resource is created, and that is deleted after it."""
    seen, rest = set(), [name]
    while rest:
        for needed in needs(resources[rest.pop()]) & resources.keys() - seen:
            seen.add(needed)
            rest.append(needed)
    return seen


def faults(template):
    """What is wrong beyond what a lint knows."""
    resources = template["Resources"]
    before = {name: ancestors(resources, name) for name in resources}
    for first, then in [("Checks", "Teardown"), ("Teardown", "Subscriptions"), ("Subscriptions", "FirstRun")]:
        if first not in before[then]:
            yield f"{then} has to depend on {first}, so that it is deleted before it"
    used = before["CleanupFunction"] | {"CleanupFunction"}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and "CleanupFunction" in needs(resource):
            used |= {name} | before[name]
    for name in sorted(used - before["Teardown"]):
        yield f"{name}: the cleanup uses it, and it could be deleted before the cleanup is over"
    yield from wildcards(resources)


def wildcards(resources):
    """Rights that reach further than they say, and policies that AWS may change."""
    for name, resource in resources.items():
        for statement in statements(resource):
            for right in ("Action", "Resource", "NotAction", "NotResource"):
                if "*" in json.dumps(statement.get(right, "")):
                    yield f"{name}: a wildcard in {right}: {statement[right]}"
        if "iam::aws:policy" in json.dumps(resource):
            yield f"{name}: a policy managed by AWS"


def statements(part):
    """Every statement of every policy in a resource."""
    if isinstance(part, list):
        for item in part:
            yield from statements(item)
    elif isinstance(part, dict):
        if "Effect" in part:
            yield part
        for value in part.values():
            yield from statements(value)


def main():
    sound = True
    with tempfile.TemporaryDirectory() as folder:
        for name, choice in CHOICES.items():
            expanded = expand(choice)
            path = pathlib.Path(folder, "expanded.json")
            path.write_text(json.dumps(expanded, indent=1))
            wrong = list(faults(expanded))
            fine = lint(path, {**REQUIRED, **choice}) and not wrong
            print(f"{'sound' if fine else 'FAULTY'}: {name}, {len(expanded['Resources'])} resources", *wrong, sep="\n  ")
            sound = sound and fine
            if len(sys.argv) > 1:
                pathlib.Path(sys.argv[1], name.replace(" ", "-") + ".json").write_text(path.read_text())
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
