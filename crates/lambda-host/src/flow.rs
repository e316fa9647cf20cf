use std::sync::Arc;

use sync_core::domain::{Lens, Mapping};
use sync_core::failure::{Cause, Failure};
use sync_core::guard::Limits;
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::Nesting;

use crate::environment::SettingsError;
use crate::observers::Watching;
use crate::start::{Graph, Start, Zenqms};
use crate::variable::USER_QUEUE_URL;
use crate::vault::Vault;

/// What both flows work with.
pub struct Flow {
    /// The credentials of both services.
    pub vault: Arc<Vault>,
    /// Microsoft Graph.
    pub graph: Graph,
    /// ZenQMS.
    pub zenqms: Zenqms,
    /// The ledger.
    pub ledger: Ledger,
    /// The user queue.
    pub users: SqsQueue,
    /// The time.
    pub clock: SystemClock,
    /// Names for claims.
    pub ids: RandomIds,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether people without an account get one.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: Limits,
    /// Counts what becomes of people.
    pub observer: Watching,
}

impl Flow {
    /// The mapping by which people are to be looked at.
    ///
    /// # Errors
    /// When it cannot be read, or is not the one that goes with this function's settings.
    pub async fn mapping(&self) -> Result<Mapping, Failure> {
        going_with(self.graph.lens(), self.ledger.mapping().await?)
    }

    /// Reads the settings and makes the clients.
    ///
    /// # Errors
    /// Which setting is missing or cannot be used.
    pub fn new(start: &Start) -> Result<Self, SettingsError> {
        Self::of_stack(start, true)
    }

    /// The same for whoever reads everything at once and cannot come back another time: what a service refuses is waited for, as a
    /// run does.
    ///
    /// # Errors
    /// Which setting is missing or cannot be used.
    pub fn patient(start: &Start) -> Result<Self, SettingsError> {
        Self::of_stack(start, false)
    }

    fn of_stack(start: &Start, brief: bool) -> Result<Self, SettingsError> {
        Self::with(start, start.vault()?, start.ledger_and_evidence()?, start.queue(USER_QUEUE_URL)?, brief)
    }

    /// The same, with credentials, ledger and queue from elsewhere; `brief` as in [`Start::graph`].
    ///
    /// # Errors
    /// Which setting is missing or cannot be used.
    pub fn with(
        start: &Start,
        vault: Arc<Vault>,
        ledger: Ledger,
        users: SqsQueue,
        brief: bool,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            graph: start.graph(vault.clone(), brief)?,
            zenqms: start.zenqms(vault.clone(), brief)?,
            vault,
            ledger,
            users,
            clock: SystemClock,
            ids: RandomIds,
            nesting: start.nesting()?,
            initial_sync: start.initial_sync()?,
            limits: start.limits()?,
            observer: Watching(Arc::clone(&start.metrics)),
        })
    }
}

/// The mapping, if it goes with the lens. During a deployment functions have their new settings some minutes before the mapping is
/// accepted that goes with them: who would be synchronised by the one and the other together, nobody has meant.
///
/// # Errors
/// When it does not. What is on the queues comes back until it does.
pub fn going_with(lens: &Lens, mapping: Mapping) -> Result<Mapping, Failure> {
    if mapping.scope().lens == lens.digest() {
        return Ok(mapping);
    }
    let what = "the function's settings are others than those that the last deployment has checked, as they are while one is under way; \
                if that lasts, deploy again with another MappingRevision";
    Err(Failure::new("reading who is synchronised", Cause::Inconsistent(what.to_owned())))
}

#[cfg(test)]
mod tests {
    use sync_core::domain::{Admission, Scope};
    use sync_core::io::CredentialsSource;
    use sync_core::io::http::ReqwestTransport;

    use super::*;
    use crate::environment::Environment;
    use crate::metrics::Metrics;

    #[test]
    fn whoever_begins_without_aws_reaches_nothing_of_it() {
        let metrics = Arc::new(Metrics::new("none".to_owned()));
        let named = [("LEDGER_TABLE", "acme"), ("CREDENTIALS_SECRET_ID", "acme"), (USER_QUEUE_URL, "https://sqs/acme")];
        let environment: Environment = named.into_iter().collect();
        let start = Start::without_aws(environment, ReqwestTransport::new().unwrap(), metrics);
        let refused = [
            start.ledger().err(),
            start.vault().err(),
            start.queue(USER_QUEUE_URL).err(),
            start.mapping_source().err(),
            Flow::new(&start).err(),
        ];
        assert!(refused.iter().all(|error| error.as_ref().is_some_and(|error| error.variable() == "AWS_REGION")));
    }

    #[tokio::test]
    async fn credentials_from_elsewhere_are_told_as_they_are_and_never_asked_for_anew() {
        let text = r#"{"entra_client_secret": "s", "zenqms_api_token": "t", "entra_credential_expires": "2027-01-31"}"#;
        let vault = Vault::fixed(text).unwrap();
        assert_eq!(vault.expires().await.unwrap(), Some(jiff::civil::date(2027, 1, 31)));
        let known = vault.known().await.unwrap();
        // The very same: nobody who was refused with them tries them again.
        assert!(Arc::ptr_eq(&known, &vault.renewed(&known).await.unwrap()));
        assert!(Vault::fixed("hunter2").is_err_and(|error| !error.to_string().contains("hunter2")));
    }

    #[test]
    fn nobody_is_looked_at_by_new_settings_and_an_old_mapping() {
        let everybody = Lens::default();
        let some = Lens { admission: Admission { no_guests: true, filter: None }, ..Lens::default() };
        let kept = |lens: &Lens| Mapping::default().within(Scope { lens: lens.digest(), ..Scope::default() });
        for (lens, mapping, fits) in [
            (&everybody, Mapping::default(), true),
            (&some, kept(&some), true),
            (&some, Mapping::default(), false),
            (&everybody, kept(&some), false),
        ] {
            assert_eq!(going_with(lens, mapping).is_ok(), fits);
        }
    }
}
