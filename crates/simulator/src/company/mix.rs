/// How much of what is odd in a simulated company. Every number is a share between 0 (never) and 1 (always); the shares
/// of people and groups, and those of roles, are chosen independently of each other.
///
/// The kinds of account, from [`linked`](Self::linked) to [`rename_chains`](Self::rename_chains), exclude each other
/// and are exact to the account. What they leave of 1 are accounts **found by e-mail only**: not linked, and otherwise
/// saying what the directory says. Where they exceed 1 together, the later ones get what is left. Where people run out,
/// the accounts left over are contractors'.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// Of the people: guests, with a mail address from elsewhere. They are in no group.
    pub guests: f64,
    /// Of the people: those whose `userType` is null, as in old objects.
    pub user_type_unknown: f64,
    /// Of the people: those who may not sign in.
    pub disabled: f64,
    /// Of the people: those whose `accountEnabled` is null, whether they would be disabled or not.
    pub enabled_unknown: f64,
    /// Of the people: those whose `mail` is null.
    pub missing_mail: f64,
    /// Of the people: those whose `givenName` is null.
    pub missing_given_name: f64,
    /// Of the people: those whose `surname` is null.
    pub missing_surname: f64,
    /// Of the people: those whose `jobTitle` is null.
    pub missing_job_title: f64,
    /// Of the people: those of whose mail, names and title one is two blanks.
    pub blank: f64,
    /// Of the people: those of whose names and title one has a blank before and behind it.
    pub padded: f64,
    /// Of the people: those whose mail address has capitals which it does not have in ZenQMS.
    pub mail_other_case: f64,
    /// Of the people: those who share their mail address with one other. The second of such a pair is found by e-mail
    /// nowhere; if linked, then to an account with the address that used to be his own.
    pub shared_mail: f64,
    /// Of the people: those who are among the deleted, since less than 30 days before the simulation's usual start.
    pub deleted: f64,
    /// Of the deleted: those who have a linked account that still is active. The others have none. These accounts come
    /// before all kinds below, whose shares are of the rest.
    pub deleted_with_account: f64,
    /// Of the accounts: linked, saying what the directory says.
    pub linked: f64,
    /// Of the accounts: linked, with an e-mail address that is not the person's any more.
    pub linked_other_email: f64,
    /// Of the accounts: linked, with an old title or last name.
    pub linked_stale: f64,
    /// Of the accounts: linked, active though the person is disabled or the other way round.
    pub linked_wrong_state: f64,
    /// Of the accounts: with a person's e-mail address, but linked to another system (`HR-004711`).
    pub other_system: f64,
    /// Of the accounts: with a person's e-mail address, but linked to another person of the directory.
    pub other_person: f64,
    /// Of the accounts: with an e-mail address that nobody in the directory has, and not linked.
    pub contractors: f64,
    /// Of the accounts: in a chain of three linked accounts each of which has the e-mail address that the one before it
    /// is to get.
    pub rename_chains: f64,
    /// Of the accounts: those whose person may be anybody. The others follow the order of the directory.
    pub scattered: f64,
    /// Of the accounts: those that hold the default roles. In ZenQMS all do.
    pub default_roles: f64,
    /// Of the accounts of people: those that hold what the person's groups give, by
    /// [`suggested_mapping`](crate::World::suggested_mapping) of all groups of the plan.
    pub settled_roles: f64,
    /// Of the accounts: those that hold one or two roles of that mapping which were given by hand.
    pub roles_by_hand: f64,
    /// Of the groups behind the first two: those that are nested in another, three deep at most. Above 0 there are two
    /// groups more, last in the order of ids, each a member of the other.
    pub nested_groups: f64,
}

impl Default for Mix {
    /// A company as one meets it.
    fn default() -> Self {
        Self {
            guests: 0.04,
            user_type_unknown: 0.01,
            disabled: 0.03,
            enabled_unknown: 0.002,
            missing_mail: 0.01,
            missing_given_name: 0.003,
            missing_surname: 0.003,
            missing_job_title: 0.02,
            blank: 0.004,
            padded: 0.01,
            mail_other_case: 0.05,
            shared_mail: 0.004,
            deleted: 0.02,
            deleted_with_account: 0.5,
            linked: 0.45,
            linked_other_email: 0.04,
            linked_stale: 0.08,
            linked_wrong_state: 0.03,
            other_system: 0.01,
            other_person: 0.004,
            contractors: 0.07,
            rename_chains: 0.006,
            scattered: 1.0,
            default_roles: 1.0,
            settled_roles: 0.6,
            roles_by_hand: 0.08,
            nested_groups: 0.2,
        }
    }
}

impl Mix {
    /// Nothing is odd; every account is found by e-mail only, in the order of the directory, and holds no role.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            guests: 0.0,
            user_type_unknown: 0.0,
            disabled: 0.0,
            enabled_unknown: 0.0,
            missing_mail: 0.0,
            missing_given_name: 0.0,
            missing_surname: 0.0,
            missing_job_title: 0.0,
            blank: 0.0,
            padded: 0.0,
            mail_other_case: 0.0,
            shared_mail: 0.0,
            deleted: 0.0,
            deleted_with_account: 0.0,
            linked: 0.0,
            linked_other_email: 0.0,
            linked_stale: 0.0,
            linked_wrong_state: 0.0,
            other_system: 0.0,
            other_person: 0.0,
            contractors: 0.0,
            rename_chains: 0.0,
            scattered: 0.0,
            default_roles: 0.0,
            settled_roles: 0.0,
            roles_by_hand: 0.0,
            nested_groups: 0.0,
        }
    }
}
