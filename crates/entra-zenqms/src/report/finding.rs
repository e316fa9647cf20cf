use serde::Serialize;

/// What is said of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Finding {
    /// His account is in use, and Entra ID does not let him sign in.
    InUse,
    /// He holds a mapped role that no group gives him, and it is to be taken.
    RoleWithoutGroup,
    /// He holds a mapped role that no group gives him, as far as is known, and it stays.
    RoleStays,
    /// He holds a role that is not mapped, or his account is linked to nobody: somebody gave it by hand.
    RoleByHand,
    /// His account is in use, he is outside the scope, and it is left as it is.
    OutOfScope,
    /// An account that is linked to nobody.
    LinkedToNobody,
    /// He is not in line with Entra ID until somebody mends what is wrong.
    Exception,
    /// He holds a mapped role through a group.
    Holds,
    /// His account is in use and holds no role that anybody could have given him.
    NoRole,
}

impl Finding {
    /// In the order in which they are shown: what asks for somebody first.
    pub(crate) const ALL: [Self; 9] = [
        Self::InUse,
        Self::RoleWithoutGroup,
        Self::RoleStays,
        Self::RoleByHand,
        Self::OutOfScope,
        Self::LinkedToNobody,
        Self::Exception,
        Self::Holds,
        Self::NoRole,
    ];

    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::InUse => "Accounts in use whose people may not sign in",
            Self::RoleWithoutGroup => "Mapped roles that no group gives",
            Self::RoleStays => "Mapped roles that stay, or are not known",
            Self::RoleByHand => "Roles given by hand",
            Self::OutOfScope => "Accounts in use outside the scope",
            Self::LinkedToNobody => "Accounts linked to nobody",
            Self::Exception => "People who are not in line with Entra ID",
            Self::Holds => "Roles held through groups",
            Self::NoRole => "Accounts in use without such roles",
        }
    }

    /// What is to be done about it, or why it is there.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::InUse => {
                "Whoever is disabled in Entra ID, deleted or not there, or outside the scope where that takes accounts, is not to have an account in use, nor one of which ZenQMS does not \
                 say whether it is. What waits for approval is listed by entra-zenqms held, with a stack."
            }
            Self::RoleWithoutGroup => "These are to be taken; it says here why they are there yet.",
            Self::RoleStays => {
                "No group gives these, as far as could be read, and the integration does not take them: it says here why. Accounts \
                 whose roles ZenQMS did not tell are here too."
            }
            Self::RoleByHand => {
                "Roles that are not mapped to any group, and those of accounts that are linked to nobody: the integration neither \
                 gives nor takes them."
            }
            Self::OutOfScope => {
                "Their people may sign in, and are not among those who are synchronised: what they hold is left as it is, until they are \
                 disabled, deleted or back in the scope (settings ScopeFilter, ScopeGroups, SyncGuests and LeavingScope)."
            }
            Self::LinkedToNobody => {
                "No person of Entra ID is on record in these accounts. The integration leaves them alone; one without any external_id \
                 it links to the person whose e-mail address it carries."
            }
            Self::Exception => "They are looked at again with each change. Mend it in Entra ID or in ZenQMS.",
            Self::Holds => {
                "Each of them holds the role for as long as one of these groups gives it, unless it says here why not."
            }
            Self::NoRole => {
                "They are linked to people of Entra ID and hold no role but those that ZenQMS gives to everybody."
            }
        }
    }

    /// Whether somebody has what he is not to have.
    pub(crate) const fn is_wrong(self) -> bool {
        matches!(self, Self::InUse | Self::RoleWithoutGroup)
    }
}
