//! The environment variables, each with its meaning. The template sets them; tests and other tools rely on their names.

/// The directory: its tenant id.
pub const ENTRA_TENANT_ID: &str = "ENTRA_TENANT_ID";
/// The application (client) id of the app registration.
pub const ENTRA_CLIENT_ID: &str = "ENTRA_CLIENT_ID";
/// The national cloud: `Global`, `UsGov`, `UsGovDod` or `China`.
pub const ENTRA_CLOUD: &str = "ENTRA_CLOUD";
/// The secret in Secrets Manager that holds the credentials of both services: its ARN or name.
pub const CREDENTIALS_SECRET_ID: &str = "CREDENTIALS_SECRET_ID";
/// The ledger's table.
pub const LEDGER_TABLE: &str = "LEDGER_TABLE";
/// The table of the evidence; for whoever writes to ZenQMS.
pub const EVIDENCE_TABLE: &str = "EVIDENCE_TABLE";
/// Whether the evidence stays when the stack is deleted: `true` or `false`.
pub const RETAIN_EVIDENCE: &str = "RETAIN_EVIDENCE";
/// The user flow's queue.
pub const USER_QUEUE_URL: &str = "USER_QUEUE_URL";
/// The group flow's queue.
pub const GROUP_QUEUE_URL: &str = "GROUP_QUEUE_URL";
/// The subscription keeper's queue.
pub const KEEPER_QUEUE_URL: &str = "KEEPER_QUEUE_URL";
/// The queue of runs: each message is one attempt.
pub const RUN_QUEUE_URL: &str = "RUN_QUEUE_URL";
/// The queue on which the cleanup hands itself over.
pub const CLEANUP_QUEUE_URL: &str = "CLEANUP_QUEUE_URL";
/// Where Graph sends notifications.
pub const NOTIFICATION_URL: &str = "NOTIFICATION_URL";
/// Whether people without an account get one: `true` or `false`.
pub const ENABLE_INITIAL_SYNC: &str = "ENABLE_INITIAL_SYNC";
/// Whether nested groups count: `true` or `false`.
pub const NESTED_GROUPS: &str = "NESTED_GROUPS";
/// How many accounts one run may take out of use without being asked: `20`, `20 or 2%` (whichever is more), `none`.
pub const DEACTIVATIONS_PER_RUN: &str = "DEACTIVATIONS_PER_RUN";
/// The same for any 24 hours, runs and flows together.
pub const DEACTIVATIONS_PER_DAY: &str = "DEACTIVATIONS_PER_DAY";
/// How many people may lose a role by one run without being asked; written as above.
pub const ROLE_LOSSES_PER_RUN: &str = "ROLE_LOSSES_PER_RUN";
/// The same for any 24 hours.
pub const ROLE_LOSSES_PER_DAY: &str = "ROLE_LOSSES_PER_DAY";
/// From whom nothing is ever taken: object ids of directory users or ids of accounts, with commas between them.
pub const PROTECTED_PEOPLE: &str = "PROTECTED_PEOPLE";
/// What stands in for required fields that the directory lacks: JSON, `{"jobTitle": {"text": "Not stated"}}`.
pub const MISSING_FIELDS: &str = "MISSING_FIELDS";
/// Who is synchronised, in a part of OData's `$filter`: `userType eq 'Member' and department eq 'QA'`; nobody is left out where it is
/// not set.
pub const SCOPE_FILTER: &str = "SCOPE_FILTER";
/// Whether guests are synchronised: `true` or `false`.
pub const SYNC_GUESTS: &str = "SYNC_GUESTS";
/// Which ZenQMS: `Production` or `Sandbox`.
pub const ZENQMS_ENVIRONMENT: &str = "ZENQMS_ENVIRONMENT";
/// Microsoft Graph's address, instead of the cloud's.
pub const GRAPH_ENDPOINT: &str = "GRAPH_ENDPOINT";
/// The sign-in service's address, instead of the cloud's.
pub const LOGIN_ENDPOINT: &str = "LOGIN_ENDPOINT";
/// ZenQMS's address, instead of the environment's.
pub const ZENQMS_ENDPOINT: &str = "ZENQMS_ENDPOINT";
/// How much is logged: `error`, `warn`, `info` or `debug`.
pub const LOG_LEVEL: &str = "LOG_LEVEL";
/// How many seconds a run may work before it hands itself over; 0: as long as the function may.
pub const TIME_BUDGET_SECONDS: &str = "TIME_BUDGET_SECONDS";
/// The stack's name, which metrics carry.
pub const STACK_NAME: &str = "STACK_NAME";
/// Where AWS is, instead of its own addresses (AWS SDKs and tools reference: service-specific endpoints); the same with
/// `_DYNAMODB`, `_SQS`, `_SECRETS_MANAGER`, `_SSM` or `_S3` behind it for one service.
pub const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The region; set by Lambda, like the access key, the secret key and the session token.
pub const AWS_REGION: &str = "AWS_REGION";
/// See [`AWS_REGION`].
pub const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// See [`AWS_REGION`].
pub const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// See [`AWS_REGION`].
pub const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
