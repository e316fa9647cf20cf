use std::collections::BTreeSet;

use sync_core::failure::Failure;
use sync_core::ports::{SubscriptionRecord, SubscriptionRecordsWrite, Subscriptions};
use uuid::Uuid;

/// Subscriptions of ours that are to be ended.
pub(crate) struct Ours {
    records: Vec<SubscriptionRecord>,
    pub(crate) ids: BTreeSet<Uuid>,
}

/// Finds the subscriptions of ours: those that the ledger knows, and those of Graph whose notifications go to us.
pub(crate) async fn find<D: Subscriptions, L: SubscriptionRecordsWrite>(
    directory: &D,
    ledger: &L,
    notification_url: Option<&str>,
) -> Result<Ours, Failure> {
    let records = ledger.records().await?;
    let mut ids: BTreeSet<Uuid> = records.iter().filter_map(|record| record.id).collect();
    // One whose making nobody lived to record has no id in the ledger.
    let has_unmade = records.iter().any(|record| record.id.is_none());
    if notification_url.is_some() || has_unmade {
        let goes_to_us =
            |url: &str| notification_url == Some(url) || records.iter().any(|record| record.notification_url == url);
        let listed = directory.subscriptions().await?;
        ids.extend(listed.iter().filter(|one| goes_to_us(&one.notification_url)).map(|one| one.id));
    }
    Ok(Ours { records, ids })
}

impl Ours {
    /// Ends them, and forgets what the ledger knows of them.
    pub(crate) async fn end<D: Subscriptions, L: SubscriptionRecordsWrite>(
        self,
        directory: &D,
        ledger: &L,
    ) -> Result<(), Failure> {
        for id in self.ids {
            directory.unsubscribe(id).await?;
        }
        for record in self.records {
            ledger.forget(record.watched).await?;
        }
        Ok(())
    }
}
