use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use lambda_host::Environment;
use lambda_host::variable as name;
use sync_core::domain::{Leaving, MinimumHolders, Scope, UnknownLeaving, scope_groups};

/// Where the file is described.
pub(crate) const FORM: &str = "docs/deploy.md, \"Without a stack\"";

/// The file with what is a secret in AWS.
pub(crate) const CREDENTIALS_FILE: &str = "CREDENTIALS_FILE";
/// What the template's parameter is for, as text.
pub(crate) const GROUP_ROLE_MAPPING: &str = "GROUP_ROLE_MAPPING";
/// The same in a file.
const GROUP_ROLE_MAPPING_FILE: &str = "GROUP_ROLE_MAPPING_FILE";
const SCOPE_GROUPS: &str = "SCOPE_GROUPS";
const LEAVING_SCOPE: &str = "LEAVING_SCOPE";
const MINIMUM_HOLDERS: &str = "MINIMUM_HOLDERS";

/// What no function is told by a variable.
pub(super) const OWN: [&str; 6] =
    [CREDENTIALS_FILE, GROUP_ROLE_MAPPING, GROUP_ROLE_MAPPING_FILE, SCOPE_GROUPS, LEAVING_SCOPE, MINIMUM_HOLDERS];

/// What the functions are told, and decides here as there.
pub(super) const OF_BOTH: [&str; 17] = [
    name::ENTRA_TENANT_ID,
    name::ENTRA_CLIENT_ID,
    name::ENTRA_CLOUD,
    name::ENABLE_INITIAL_SYNC,
    name::NESTED_GROUPS,
    name::DEACTIVATIONS_PER_RUN,
    name::DEACTIVATIONS_PER_DAY,
    name::ROLE_LOSSES_PER_RUN,
    name::ROLE_LOSSES_PER_DAY,
    name::PROTECTED_PEOPLE,
    name::MISSING_FIELDS,
    name::SCOPE_FILTER,
    name::SYNC_GUESTS,
    name::ZENQMS_ENVIRONMENT,
    name::GRAPH_ENDPOINT,
    name::LOGIN_ENDPOINT,
    name::ZENQMS_ENDPOINT,
];

/// What the functions are told of AWS, or of how they are to work there.
pub(super) const OF_A_STACK: [&str; 13] = [
    name::STACK_NAME,
    name::LOG_LEVEL,
    name::CREDENTIALS_SECRET_ID,
    name::LEDGER_TABLE,
    name::EVIDENCE_TABLE,
    name::RETAIN_EVIDENCE,
    name::USER_QUEUE_URL,
    name::GROUP_QUEUE_URL,
    name::KEEPER_QUEUE_URL,
    name::RUN_QUEUE_URL,
    name::CLEANUP_QUEUE_URL,
    name::NOTIFICATION_URL,
    name::TIME_BUDGET_SECONDS,
];

/// What a name says that is no slip of another, but a secret in the wrong place.
const SECRETS: [&str; 5] = ["SECRET", "TOKEN", "PASSWORD", "CERTIFICATE", "KEY"];

/// From this likeness on (Jaro and Winkler's, 1 is the same) a name is taken for a slip of the other.
const LIKE: f64 = 0.9;

/// What a stack would be told.
pub(super) struct Settings {
    pub(super) environment: Environment,
    pub(super) credentials: Credentials,
    /// The mapping's text.
    pub(super) mapping: String,
    /// Who is synchronised, as far as groups say so.
    pub(super) scope: Scope,
    /// Which roles must keep holders.
    pub(super) minimum: MinimumHolders,
}

/// The secret's text, and where it was read.
pub(super) struct Credentials {
    pub(super) file: String,
    pub(super) text: String,
    /// Whether others on this machine can read it.
    pub(super) is_exposed: bool,
}

impl Settings {
    /// Reads the settings and the files that they name.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let place = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("reading the settings from {place}"))?;
        let mut lines = lines(&text).map_err(|problems| anyhow!("{place}: {}", problems.join("; ")))?;
        let beside =
            |named: &str| file.parent().map_or_else(|| Path::new(named).to_owned(), |folder| folder.join(named));

        let Some(named) = lines.remove(CREDENTIALS_FILE) else {
            bail!(
                "{place}: {CREDENTIALS_FILE} is not set: it names the file with the credentials of both services; {FORM}"
            );
        };
        let credentials = beside(&named);
        let shown = credentials.display().to_string();
        let text = std::fs::read_to_string(&credentials).with_context(|| {
            format!("reading the credentials from {shown}, which {CREDENTIALS_FILE} in {place} names")
        })?;
        let credentials = Credentials { file: shown, text: without_mark(text), is_exposed: is_exposed(&credentials) };

        let mapping = match (lines.remove(GROUP_ROLE_MAPPING), lines.remove(GROUP_ROLE_MAPPING_FILE)) {
            (Some(_), Some(_)) => {
                bail!("{place}: both {GROUP_ROLE_MAPPING} and {GROUP_ROLE_MAPPING_FILE} are set: leave one of them out")
            }
            (Some(text), None) => {
                let elsewhere = text.starts_with("ssm:") || text.starts_with("s3:");
                ensure!(
                    !elsewhere,
                    "{place}: {GROUP_ROLE_MAPPING} names a place in AWS, which is not asked here: store the mapping in a file, and \
                     name that by {GROUP_ROLE_MAPPING_FILE}"
                );
                text
            }
            (None, Some(named)) => {
                let named = beside(&named);
                let text = std::fs::read_to_string(&named)
                    .with_context(|| format!("reading the mapping from {}", named.display()))?;
                ensure!(
                    !text.trim().is_empty(),
                    "{} is empty: write {{}} where no group is to give a role",
                    named.display()
                );
                without_mark(text)
            }
            (None, None) => String::new(),
        };
        let refused = |name: &str, why: &dyn std::fmt::Display| anyhow!("{place}: {name} cannot be used: {why}");
        let groups = lines.remove(SCOPE_GROUPS).unwrap_or_default();
        let groups = scope_groups(&groups).map_err(|error| refused(SCOPE_GROUPS, &error))?;
        let leaving = match lines.remove(LEAVING_SCOPE) {
            None => Leaving::default(),
            Some(text) => text.parse().map_err(|error: UnknownLeaving| refused(LEAVING_SCOPE, &error))?,
        };
        let scope = Scope { groups, leaving, lens: None };
        let minimum = MinimumHolders::parse(&lines.remove(MINIMUM_HOLDERS).unwrap_or_default());
        let minimum = minimum.map_err(|error| refused(MINIMUM_HOLDERS, &error))?;
        Ok(Self { environment: lines.into_iter().collect(), credentials, mapping, scope, minimum })
    }
}

/// Without the byte order mark that Windows puts before a text.
fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

#[cfg(unix)]
fn is_exposed(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
const fn is_exposed(_: &Path) -> bool {
    false
}

/// The settings, each by its name; what is left blank is as good as not there. Else all that is wrong.
///
/// A value is all that stands behind the first `=`, as it stands: neither quotes nor `$` mean anything, so that JSON and filters
/// need no second spelling.
pub(super) fn lines(text: &str) -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut settings = BTreeMap::new();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match setting(line) {
            Ok((name, _)) if settings.contains_key(name) => {
                problems.push(format!("line {number} sets {name} once more"));
            }
            Ok((name, value)) => {
                settings.insert(name.to_owned(), value.to_owned());
            }
            Err(why) => problems.push(format!("line {number} {why}")),
        }
    }
    settings.retain(|_, value| !value.is_empty());
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// The name and the value of a line. What is no name may be a secret in the wrong place, and is not repeated.
fn setting(line: &str) -> Result<(&str, &str), String> {
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let pair = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let Some((name, value)) = pair.filter(|(name, _)| !name.is_empty() && is_name(name)) else {
        return Err(format!("is no `NAME=value`: {FORM}"));
    };
    let known = || OF_BOTH.into_iter().chain(OWN);
    if OF_A_STACK.contains(&name) || name.starts_with("AWS_") {
        return Err(format!("sets {name}, which only a function in AWS is told: take it out"));
    }
    let is_secret = |word: &&str| name.contains(word);
    if !known().any(|known| known == name) && SECRETS.iter().any(is_secret) {
        return Err(format!(
            "sets {name}: what is secret belongs into the file that {CREDENTIALS_FILE} names, as in step 3 of docs/deploy.md"
        ));
    }
    if !known().any(|known| known == name) {
        let likeness = |known: &&str| strsim::jaro_winkler(known, name);
        let nearest = known().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let meant = nearest.filter(|nearest| likeness(nearest) >= LIKE);
        let cure =
            meant.map_or_else(|| format!("take it out; {FORM}, has the names"), |meant| format!("write {meant}"));
        return Err(format!("sets {name}, which is no setting: {cure}"));
    }
    let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if quoted('"') || quoted('\'') {
        return Err(format!("sets {name} in quotes, which would be a part of it: write it without them"));
    }
    Ok((name, value))
}
