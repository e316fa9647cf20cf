use jiff::Timestamp;

use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::guard::{Approval, HeldPerson, Window};

/// Keeps from whom something was taken lately.
pub trait Allowances: Sync {
    /// The window, and its version.
    fn window(&self) -> impl Future<Output = Result<(Window, u64), Failure>> + Send;

    /// Keeps a window in the place of that version. Fails with [`Cause::Superseded`](crate::failure::Cause::Superseded) when
    /// somebody else was faster.
    fn save_window(&self, window: &Window, version: u64) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Keeps what waits for approval.
pub trait Holds: Sync {
    /// What is kept back of a person.
    fn held(&self, user: DirectoryUserId) -> impl Future<Output = Result<Option<HeldPerson>, Failure>> + Send;

    /// All that is kept back, in the order of the people's ids.
    fn all_held(&self) -> impl Future<Output = Result<Vec<HeldPerson>, Failure>> + Send;

    /// Keeps something back. The same that is kept back already stays as it is, approval included; something else takes its
    /// place.
    fn hold(&self, person: &HeldPerson) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Keeps something back that a run came upon, if nothing is kept back of him yet. Says whether that is all there is to be done:
    /// whoever has a record already, or was looked at since `read_at`, has to be looked at singly.
    fn hold_new(&self, person: &HeldPerson, read_at: Timestamp) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Approves it, if it is still this; says whether it was.
    fn approve(&self, held: &HeldPerson, approval: &Approval) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// It was done, or there is nothing to be taken any more.
    fn let_off(&self, user: DirectoryUserId) -> impl Future<Output = Result<(), Failure>> + Send;
}
