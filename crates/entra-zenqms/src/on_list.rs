//! People on a list of the ledger: who, since when, and why.

use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::ports::{Exception, ParkedPerson};

use crate::tables;
use crate::when::at_and_in;

/// Somebody on a list, as JSON.
#[derive(Serialize)]
pub(crate) struct OnList<'a> {
    user: DirectoryUserId,
    code: &'a str,
    since: Timestamp,
    because: &'a str,
}

impl<'a> From<&'a Exception> for OnList<'a> {
    fn from(Exception { user, code, because, since }: &'a Exception) -> Self {
        Self { user: *user, code, since: *since, because }
    }
}

impl<'a> From<&'a ParkedPerson> for OnList<'a> {
    fn from(ParkedPerson { user, code, because, at }: &'a ParkedPerson) -> Self {
        Self { user: *user, code, since: *at, because }
    }
}

impl OnList<'_> {
    /// In words: who, since when; and why.
    pub(crate) fn words(&self, now: Timestamp) -> (String, String) {
        let Self { user, code, since, because } = self;
        (format!("{user}  {}", at_and_in(*since, now)), tables::plain(&format!("{code}: {because}")))
    }

    /// Shows it on the screen.
    pub(crate) fn show(&self, now: Timestamp) {
        let (title, because) = self.words(now);
        tables::line(&title);
        tables::line(&tables::wrapped(&because, "    "));
    }
}
