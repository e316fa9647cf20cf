use sync_core::apply::Subject;
use sync_core::failure::Failure;
use sync_core::guard::Limits;
use sync_core::plan::UserPlan;
use sync_core::ports::{AccountsList, Clock, DirectoryPresence, DirectoryUsers, GroupMembers};
use sync_core::proposal::Proposed;
use sync_core::run::RunReport;

use crate::books::RunBooks;
use crate::event::Observer;
use crate::rehearsal::rehearse;
use crate::settings::{Services, Settings};

/// What a full run would write now, were there no limits: what is to be approved in so many words needs none. What is kept back
/// already stays so, and whoever is protected. Writes nothing; every plan that would write something is shown to `listener`.
///
/// # Errors
/// What could not be read.
pub async fn propose<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    observer: &O,
    mut listener: impl FnMut(&Subject, &UserPlan) + Send,
) -> Result<(RunReport, Proposed), Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList,
    L: RunBooks,
    Q: Sync,
    I: Sync,
    C: Clock,
    O: Observer,
{
    let limits = Limits::none(settings.limits.protected.clone());
    let mut proposed = Proposed::default();
    let report = rehearse(services, Settings { limits: &limits, ..settings }, observer, |subject, plan| {
        proposed.add(subject, plan, settings.mapping);
        listener(subject, plan);
    });
    let report = Box::pin(report).await?;
    Ok((report, proposed))
}
