use super::{Latency, RetryAfter};

/// How ZenQMS behaves. What its API leaves open is a knob here.
#[derive(Clone, Debug)]
pub struct ZenqmsBehaviour {
    /// The API token that is good.
    pub token: String,
    /// Whether the token's user may do what is asked; otherwise 403.
    pub permitted: bool,
    /// How long each call takes.
    pub latency: Latency,
    /// How many calls are let through.
    pub limit: Limit,
    /// What a 429 says about when to come back.
    pub retry_after: RetryAfter,
    /// The most entries on a page, whatever `page_size` asks for; `None`: as many as it asks for, at most 1,000.
    pub page_cap: Option<usize>,
    /// Whether lists leave out how many entries there are in all.
    pub omit_total: bool,
    /// What giving and taking roles is answered with.
    pub roles_answer: RolesAnswer,
    /// The form of ids.
    pub id_form: IdForm,
    /// Where the entries of a list stand.
    pub list_key: ListKey,
    /// How the names of answers are written.
    pub spelling: Spelling,
}

impl ZenqmsBehaviour {
    /// The token that is good by default.
    pub const TOKEN: &'static str = "simulated-zenqms-token";
}

impl Default for ZenqmsBehaviour {
    fn default() -> Self {
        Self {
            token: Self::TOKEN.to_owned(),
            permitted: true,
            latency: Latency::None,
            limit: Limit::None,
            retry_after: RetryAfter::Seconds,
            page_cap: None,
            omit_total: false,
            roles_answer: RolesAnswer::Account,
            id_form: IdForm::Text,
            list_key: ListKey::Items,
            spelling: Spelling::Snake,
        }
    }
}

/// How many calls are let through; the others get a 429.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Limit {
    /// All.
    #[default]
    None,
    /// As many as there are tokens.
    TokenBucket {
        /// Tokens that come in a second.
        per_second: f64,
        /// The most that are kept; there are as many at the start.
        burst: f64,
    },
    /// So many in each second of the clock.
    FixedWindow {
        /// Calls in a second.
        per_second: u32,
    },
}

/// What giving and taking roles is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RolesAnswer {
    /// 200 and the account.
    #[default]
    Account,
    /// 204 and nothing.
    NoContent,
}

/// The form of ids in JSON. A client has to send an id back in the form in which it came; any other is a 400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdForm {
    /// `"8412"`.
    #[default]
    Text,
    /// `8412`.
    Number,
    /// `"usr_8412"`, `"rol_17"`.
    Prefixed,
}

/// Where the entries of a list stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListKey {
    /// Under `items`.
    #[default]
    Items,
    /// Under `data`.
    Data,
    /// Under `results`.
    Results,
}

impl ListKey {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Data => "data",
            Self::Results => "results",
        }
    }
}

/// How the names of answers are written. Requests are `snake_case` always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// `first_name`.
    #[default]
    Snake,
    /// `firstName`.
    Camel,
}
