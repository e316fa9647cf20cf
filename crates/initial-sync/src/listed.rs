use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use sync_core::domain::DirectoryUserId;
use sync_core::plan::{Compliance, Reason};
use sync_core::ports::Exception;

/// Who is on the list of exceptions, until the run has seen him.
#[derive(Default)]
pub(crate) struct Listed(
    /// By a digest of what it says there: a directory may have a hundred thousand of them, and the texts are long.
    HashMap<DirectoryUserId, u64>,
);

fn digest(because: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    because.hash(&mut hasher);
    hasher.finish()
}

impl Listed {
    pub(crate) fn new(exceptions: Vec<Exception>) -> Self {
        Self(exceptions.into_iter().map(|exception| (exception.user, digest(&exception.because))).collect())
    }

    /// Whether the list has to be changed, for somebody with these reasons. Of whom they tell, he counts as seen from now on.
    pub(crate) fn is_outdated(&mut self, user: DirectoryUserId, reasons: &[Reason]) -> bool {
        match Compliance::of(reasons) {
            Compliance::InLine => self.0.remove(&user).is_some(),
            Compliance::Exception { because, .. } => self.0.remove(&user) != Some(digest(&because)),
            Compliance::Untold => false,
        }
    }

    /// Those of whom nothing was told.
    pub(crate) fn unseen(&mut self) -> Vec<DirectoryUserId> {
        let mut unseen: Vec<_> = std::mem::take(&mut self.0).into_keys().collect();
        unseen.sort_unstable();
        unseen
    }
}

#[cfg(test)]
mod tests {
    use sync_core::ports::Clock;

    use super::*;

    struct Epoch;

    impl Clock for Epoch {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }

        async fn pause(&self, _: std::time::Duration) {}
    }

    fn person(n: u8) -> DirectoryUserId {
        DirectoryUserId::from_bytes([n; 16])
    }

    fn listed(n: u8, reason: &Reason) -> Exception {
        let because = reason.to_string();
        Exception { user: person(n), code: reason.code().to_owned(), because, since: Epoch.now() }
    }

    #[test]
    fn only_what_the_list_does_not_say_yet_changes_it() {
        let unknown = [Reason::EnabledUnknown];
        let mut list = Listed::new([1, 2, 3, 4].map(|n| listed(n, &unknown[0])).into());
        assert!(!list.is_outdated(person(1), &unknown));
        assert!(list.is_outdated(person(2), &[Reason::NotInDirectory]));
        assert!(list.is_outdated(person(3), &[Reason::Unchanged]));
        assert!(list.is_outdated(person(9), &unknown));
        assert!(!list.is_outdated(person(8), &[]));
        assert!(!list.is_outdated(person(4), &[unknown[0].clone(), Reason::ReadSince]));
        assert_eq!(list.unseen(), [person(4)]);
    }
}
