use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sync_core::domain::DirectoryUserId;
use sync_core::guard::{HeldPerson, PlanHash, Withdrawal};

/// What somebody was shown, with the hash by which he approves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    pub(super) plan: PlanHash,
    pub(super) people: Vec<HeldPerson>,
}

impl Shown {
    pub(super) fn of(people: Vec<HeldPerson>) -> Self {
        Self { plan: PlanHash::of(people.iter().map(|held| &held.withdrawal)), people }
    }
}

/// What is to be approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What has this hash.
    Hash(PlanHash),
    /// What stands in a file that `held --json` wrote: if it is not that any more, it can be said what has changed.
    File(Shown),
}

/// Of what has changed, so many people are named.
const NAMED: usize = 20;

impl Wanted {
    /// Reads a hash, or the file of that name.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        if Path::new(text).is_file() {
            let json = std::fs::read_to_string(text).with_context(|| format!("reading the plan {text}"))?;
            return Self::of_file(text, &json);
        }
        let hash = PlanHash::typed(text);
        let digits = hash.as_str();
        if !(12..=64).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            bail!(
                "`{text}` is neither a file nor the hash of a plan: `entra-zenqms held` shows its first twelve digits"
            );
        }
        Ok(Self::Hash(hash))
    }

    fn of_file(name: &str, json: &str) -> anyhow::Result<Self> {
        let shown: Shown = serde_json::from_str(json)
            .with_context(|| format!("{name} is not what `entra-zenqms held --json` writes"))?;
        let Shown { plan, people } = Shown::of(shown.people);
        if plan != shown.plan {
            bail!("{name} was altered: it says that its hash is {}, and it is {}", shown.plan.short(), plan.short());
        }
        Ok(Self::File(Shown { plan, people }))
    }

    pub(super) const fn hash(&self) -> &PlanHash {
        match self {
            Self::Hash(hash) | Self::File(Shown { plan: hash, .. }) => hash,
        }
    }

    /// Why it is not approved: what is kept back now is something else.
    pub(super) fn refusal(&self, hash: &PlanHash, now: &[HeldPerson]) -> String {
        if now.is_empty() {
            return "nothing waits for approval: what was shown was approved already, or has been set right".to_owned();
        }
        let mut text = format!(
            "what is kept back is not what {} stands for; nothing was approved. Now it is {}, of {} people",
            self.hash().short(),
            hash.short(),
            now.len()
        );
        let Self::File(shown) = self else {
            text.push_str(
                ". `entra-zenqms held` shows it; approving a file that `held --json` wrote would tell what has changed",
            );
            return text;
        };
        let differences = differences(&shown.people, now);
        text.push_str(". What has changed:");
        for line in differences.iter().take(NAMED) {
            let _ = write!(text, "\n  {line}");
        }
        if differences.len() > NAMED {
            let _ = write!(text, "\n  ... and {} more", differences.len() - NAMED);
        }
        text
    }
}

/// What stands in one list and not in the other, by person.
fn differences(shown: &[HeldPerson], now: &[HeldPerson]) -> Vec<String> {
    let by_user = |people: &[HeldPerson]| -> BTreeMap<DirectoryUserId, Withdrawal> {
        people.iter().map(|held| (held.withdrawal.user, held.withdrawal.clone())).collect()
    };
    let (shown, now) = (by_user(shown), by_user(now));
    let mut lines = Vec::new();
    for (user, before) in &shown {
        match now.get(user) {
            None => lines.push(format!("- {user} is not kept back any more")),
            Some(after) if after != before => {
                lines.push(format!("~ {user} would lose {} now, and was shown to lose {}", loss(after), loss(before)));
            }
            Some(_) => {}
        }
    }
    let new = now.iter().filter(|(user, _)| !shown.contains_key(user));
    lines.extend(new.map(|(user, after)| format!("+ {user} would lose {}", loss(after))));
    lines
}

/// What somebody would lose, in words.
pub(crate) fn loss(withdrawal: &Withdrawal) -> String {
    let account = withdrawal.deactivates.then(|| format!("account {}", withdrawal.account));
    let roles = withdrawal.roles.iter().map(|role| format!("role {role}"));
    account.into_iter().chain(roles).collect::<Vec<_>>().join(", ")
}
