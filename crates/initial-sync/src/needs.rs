//! What a run needs of the outside, whichever it is: full, under a proposal, or a sweep.

use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Allowances, Comparisons, DeltaRecords, DirectoryChanges,
    DirectoryNesting, DirectoryPresence, DirectoryUsers, Ending, Evidence, ExceptionList, Exceptions, FirstApproval,
    GroupMembers, GroupTrees, Holds, Links, Paced, People, RolesWrite, Runs,
};

/// Microsoft Graph: everybody, their groups, and where its lists of changes begin.
pub trait RunDirectory:
    DirectoryUsers + GroupMembers + DirectoryPresence + DirectoryChanges + DirectoryNesting
{
}

impl<D> RunDirectory for D where
    D: DirectoryUsers + GroupMembers + DirectoryPresence + DirectoryChanges + DirectoryNesting
{
}

/// ZenQMS: every account, and the writing.
pub trait RunAccounts: AccountsList + AccountsFind + AccountsWrite + RolesWrite + Paced {}

impl<A: AccountsList + AccountsFind + AccountsWrite + RolesWrite + Paced> RunAccounts for A {}

/// The ledger: the run itself and whom it claims, what it keeps back, and where the sweeps go on.
pub trait RunLedger:
    Runs
    + Links
    + Evidence
    + People
    + DeltaRecords
    + GroupTrees
    + Comparisons
    + Ending
    + FirstApproval
    + Allowances
    + Holds
    + Exceptions
    + ExceptionList
{
}

impl<L> RunLedger for L where
    L: Runs
        + Links
        + Evidence
        + People
        + DeltaRecords
        + GroupTrees
        + Comparisons
        + Ending
        + FirstApproval
        + Allowances
        + Holds
        + Exceptions
        + ExceptionList
{
}
