use uuid::{Builder, Uuid};

/// Chance, in independent portions: one for each question about each person, account or group. A question more, or a
/// person more, leaves all other answers as they were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice {
    seed: u64,
}

/// What chance is asked for. New questions go to the end: an answer depends on its question's place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    PersonId,
    Name,
    Title,
    Domain,
    Guest,
    UserTypeUnknown,
    Disabled,
    EnabledUnknown,
    MissingMail,
    MissingGivenName,
    MissingSurname,
    MissingJobTitle,
    Blank,
    Padded,
    MailOtherCase,
    SharedMail,
    Deleted,
    DeletedWhen,
    DeletedWithAccount,
    Kinds,
    Scattered,
    Stale,
    ContractorName,
    ContractorTitle,
    ContractorDomain,
    DefaultRoles,
    SettledRoles,
    RolesByHand,
    GroupIds,
    Members,
    Nested,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The generator for one question about the thing with this number.
    pub(super) fn about(self, question: Question, number: usize) -> fastrand::Rng {
        let question = scramble(self.seed ^ scramble(question as u64 + 1));
        fastrand::Rng::with_seed(scramble(question ^ number as u64))
    }

    /// Whether the thing with this number belongs to the given share of all things, chosen one by one. A larger share
    /// contains every smaller one.
    pub(super) fn falls(self, question: Question, number: usize, share: f64) -> bool {
        self.chosen(question, number, share).is_some()
    }

    /// The same, with chance for what follows from it.
    pub(super) fn chosen(self, question: Question, number: usize, share: f64) -> Option<fastrand::Rng> {
        let mut rng = self.about(question, number);
        (rng.f64() < share).then_some(rng)
    }
}

/// A random id as the directory makes them (version 4).
pub(super) fn uuid(rng: &mut fastrand::Rng) -> Uuid {
    Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

/// That share of `all`, rounded.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of people are far below 2^52, and casts from floats saturate"
)]
pub(super) fn share_of(share: f64, all: usize) -> usize {
    ((share * all as f64).round() as usize).min(all)
}

/// The output function of SplitMix64: neighbouring numbers come out unrelated.
const fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
