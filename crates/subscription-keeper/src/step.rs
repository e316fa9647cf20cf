use jiff::{SignedDuration, Timestamp};
use sync_core::ports::SubscriptionRecord;
use sync_core::work::{KeeperWork, Lifecycle};
use uuid::Uuid;

/// What a subscription needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Leave,
    /// To be looked at: one that is gone says nothing.
    Check(Uuid),
    /// To be made.
    Make,
    /// To last longer, and to be proven anew.
    Renew(Uuid),
    /// To be ended and made anew, since its notifications go elsewhere.
    Replace(Uuid),
    /// To be ended: nobody wants it any more. `None`: it was never made.
    End(Option<Uuid>),
}

/// A renewal answers every request for one that came within ten minutes (Graph docs: lifecycle notifications; reauthorising
/// twice in that time is refused).
const RENEWED_LATELY: SignedDuration = SignedDuration::from_mins(10);

/// Decides what a subscription needs. `wanted` is where its notifications are to go, if anybody wants them.
#[must_use]
pub fn step(
    record: Option<&SubscriptionRecord>,
    wanted: Option<&str>,
    event: Option<KeeperWork>,
    now: Timestamp,
) -> Step {
    let (record, url) = match (record, wanted) {
        (None, None) => return Step::Leave,
        (None, Some(_)) => return Step::Make,
        (Some(record), None) => return Step::End(record.id),
        (Some(record), Some(url)) => (record, url),
    };
    let Some(id) = record.id else { return Step::Make };
    if record.notification_url != url {
        return Step::Replace(id);
    }
    let event = event.filter(|event| event.subscription == id).map(|event| event.event);
    let life = record.expires.duration_since(record.renewed_at);
    let age = now.duration_since(record.renewed_at);
    match event {
        _ if age >= life => Step::Make,
        Some(Lifecycle::Removed) => Step::Make,
        Some(Lifecycle::ReauthorizationRequired) if age >= RENEWED_LATELY => Step::Renew(id),
        _ if age >= life / 2 => Step::Renew(id),
        Some(_) => Step::Leave,
        None => Step::Check(id),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use sync_core::ports::Watched;

    use super::*;

    const URL: &str = "https://intake.example/";
    const ID: Uuid = Uuid::from_u128(5);

    fn record() -> SubscriptionRecord {
        SubscriptionRecord {
            watched: Watched::Users,
            id: Some(ID),
            client_state: SecretString::from("s"),
            notification_url: URL.to_owned(),
            renewed_at: Timestamp::UNIX_EPOCH,
            expires: Timestamp::from_second(28 * 86_400).unwrap(),
            version: 1,
        }
    }

    fn at(seconds: i64, event: Option<Lifecycle>) -> Step {
        let event = event.map(|event| KeeperWork { subscription: ID, event });
        step(Some(&record()), Some(URL), event, Timestamp::from_second(seconds).unwrap())
    }

    #[test]
    fn one_that_is_wanted_is_made_and_one_that_is_not_is_ended() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(step(None, Some(URL), None, now), Step::Make);
        assert_eq!(step(None, None, None, now), Step::Leave);
        assert_eq!(step(Some(&record()), None, None, now), Step::End(Some(ID)));
        let unfinished = SubscriptionRecord { id: None, ..record() };
        assert_eq!(step(Some(&unfinished), Some(URL), None, now), Step::Make);
        assert_eq!(step(Some(&unfinished), None, None, now), Step::End(None));
        assert_eq!(step(Some(&record()), Some("https://elsewhere/"), None, now), Step::Replace(ID));
    }

    #[test]
    fn it_is_renewed_at_half_its_life_and_made_anew_after_it() {
        assert_eq!(at(14 * 86_400 - 1, None), Step::Check(ID));
        assert_eq!(at(14 * 86_400, None), Step::Renew(ID));
        assert_eq!(at(28 * 86_400, None), Step::Make);
    }

    #[test]
    fn a_request_is_answered_once_in_ten_minutes() {
        assert_eq!(at(599, Some(Lifecycle::ReauthorizationRequired)), Step::Leave);
        assert_eq!(at(600, Some(Lifecycle::ReauthorizationRequired)), Step::Renew(ID));
        assert_eq!(at(1, Some(Lifecycle::Removed)), Step::Make);
        assert_eq!(at(1, Some(Lifecycle::Missed)), Step::Leave);
    }

    #[test]
    fn news_of_another_subscription_changes_nothing() {
        let event = KeeperWork { subscription: Uuid::from_u128(6), event: Lifecycle::Removed };
        assert_eq!(step(Some(&record()), Some(URL), Some(event), Timestamp::UNIX_EPOCH), Step::Check(ID));
    }
}
