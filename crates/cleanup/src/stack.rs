use std::time::Duration;

use cleanup::CleanupReport;
use jiff::{SignedDuration, Timestamp};
use lambda_host::Invocation;
use lambda_host::custom_resource::{Answer, Kind, Request};
use serde_json::{Map, Value};
use sync_core::failure::Failure;
use sync_core::io::SystemClock;
use sync_core::ports::{Clock, EndingWrite};
use sync_core::work::CleanupWork;

use crate::events::Office;

/// CloudFormation waits for an hour (AWS docs: `ServiceTimeout`, 3,600 s at most), and the address of the answer is good for
/// two. Whatever is not done by then is told, and goes on when the deletion is tried again.
const PATIENCE: SignedDuration = SignedDuration::from_mins(55);
/// What fails for reasons that pass is tried so often in a row, for a quarter of an hour; then the administrator has to look.
const TRIES: u32 = 30;
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

impl Office {
    /// The stack is made, changed or deleted.
    pub(crate) async fn for_the_stack(
        &self,
        request: Request,
        event: &Value,
        invocation: &Invocation,
    ) -> Result<(), Failure> {
        if request.request_type == Kind::Delete {
            let event = Some(event.clone());
            let work = CleanupWork { request: event, since: SystemClock.now(), attempt: 0, not_before: None };
            return self.go_on(work, invocation).await;
        }
        let answer = match self.ledger.resume().await {
            Ok(()) => Answer::done(),
            Err(failure) => Answer::Failed(failure.to_string()),
        };
        request.answer(&self.transport, &SystemClock, answer).await
    }

    /// One more attempt; CloudFormation is answered once it is clear how it ends.
    pub(crate) async fn go_on(&self, work: CleanupWork, invocation: &Invocation) -> Result<(), Failure> {
        let result = self.attempt(invocation, time_left(&work, SystemClock.now())).await;
        match decide(&work, &result, SystemClock.now()) {
            Next::GoOn(work) => self.send(&work).await,
            Next::Answer(answer) => match work.request.as_ref().and_then(Request::read) {
                Some(request) => {
                    let is_forced = request.property("Force") == Some("true");
                    let forced = |answer| if is_forced { regardless(answer) } else { answer };
                    let answer = forced(self.discard_evidence(forced(answer)).await);
                    request.answer(&self.transport, &SystemClock, answer).await
                }
                None => Ok(()),
            },
        }
    }

    /// The last step of a removal that is to leave nothing.
    async fn discard_evidence(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Done(_) if !self.retains_evidence => match self.ledger.discard_evidence().await {
                Ok(()) => answer,
                Err(failure) => Answer::Failed(format!("{failure}. {FINISH}")),
            },
            answer => answer,
        }
    }
}

/// How long CloudFormation still waits for the answer, if it does.
fn time_left(work: &CleanupWork, now: Timestamp) -> Duration {
    match &work.request {
        Some(_) => Duration::try_from(PATIENCE - now.duration_since(work.since)).unwrap_or_default(),
        None => Duration::MAX,
    }
}

/// What comes after an attempt.
#[derive(Debug, PartialEq)]
enum Next {
    GoOn(CleanupWork),
    Answer(Answer),
}

fn decide(work: &CleanupWork, result: &Result<CleanupReport, Failure>, now: Timestamp) -> Next {
    let age = now.duration_since(work.since);
    match result {
        Ok(report) if report.status == "complete" => Next::Answer(Answer::Done(attributes(report))),
        Ok(report) if report.status == "running" && age < PATIENCE => {
            Next::GoOn(CleanupWork { attempt: 0, not_before: None, ..work.clone() })
        }
        Ok(report) => Next::Answer(Answer::Failed(left(report))),
        Err(_) if work.attempt < TRIES && age < PATIENCE => {
            Next::GoOn(CleanupWork { attempt: work.attempt + 1, not_before: Some(now + PAUSE), ..work.clone() })
        }
        Err(failure) => Next::Answer(Answer::Failed(format!("{failure}. {FINISH}"))),
    }
}

const FINISH: &str = "The integration is stopped and writes nothing any more. Mend this and delete the stack again: the removal \
    goes on where it stopped. To have the stack gone whatever is left in ZenQMS, delete it with the option to retain the \
    resource Teardown";

/// What is left, in a sentence.
fn left(report: &CleanupReport) -> String {
    let cleared = report.cleared;
    if report.status == "running" {
        return format!(
            "the removal needs more time than CloudFormation waits: {cleared} links are cleared so far. It goes on when you \
             delete the stack again"
        );
    }
    let accounts: Vec<_> = report.failed.iter().map(|failed| format!("{} ({})", failed.account, failed.code)).collect();
    format!(
        "{cleared} links are cleared; {} accounts still hold an external_id of this integration, because ZenQMS refused to \
         clear it: {}. {FINISH}",
        report.remaining.unwrap_or_default(),
        accounts.join(", ")
    )
}

/// The administrator wants the stack gone; what is left is in the log.
fn regardless(answer: Answer) -> Answer {
    match answer {
        Answer::Failed(why) => {
            tracing::error!(why, "the stack is deleted although not everything is removed, since ForceDelete is true");
            Answer::Done(Map::from_iter([("Left".to_owned(), "see the log of the cleanup".into())]))
        }
        done @ Answer::Done(_) => done,
    }
}

fn attributes(report: &CleanupReport) -> Map<String, Value> {
    Map::from_iter([
        ("Cleared".to_owned(), report.cleared.into()),
        ("SubscriptionsEnded".to_owned(), report.subscriptions_ended.into()),
        ("NeverOurs".to_owned(), report.left_alone.never_ours.into()),
        ("ChangedSince".to_owned(), report.left_alone.changed_since.into()),
    ])
}

#[cfg(test)]
mod tests {
    use cleanup::LeftAlone;
    use sync_core::failure::Cause;

    use super::*;

    fn work() -> CleanupWork {
        CleanupWork { request: None, since: Timestamp::UNIX_EPOCH, attempt: 2, not_before: None }
    }

    fn report(status: &'static str) -> CleanupReport {
        let left_alone = LeftAlone::default();
        CleanupReport { status, subscriptions_ended: 2, cleared: 7, left_alone, failed: Vec::new(), remaining: None }
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn sentence(next: Next) -> String {
        match next {
            Next::Answer(Answer::Failed(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cloudformation_is_answered_at_the_end_and_within_its_hour() {
        assert!(matches!(decide(&work(), &Ok(report("complete")), after(1)), Next::Answer(Answer::Done(_))));
        assert_eq!(
            decide(&work(), &Ok(report("running")), after(54)),
            Next::GoOn(CleanupWork { attempt: 0, ..work() })
        );
        let late = sentence(decide(&work(), &Ok(report("running")), after(55)));
        assert!(late.contains("7 links are cleared so far") && late.contains("delete the stack again"), "{late}");
    }

    #[test]
    fn what_fails_is_tried_again_and_then_told_with_the_cure() {
        let failed = || Err(Failure::new("reading accounts", Cause::Unavailable { status: 503, retry_after: None }));
        // However long the removal has gone well before.
        let Next::GoOn(again) = decide(&work(), &failed(), after(40)) else { panic!("not tried again") };
        assert_eq!((again.attempt, again.not_before), (3, Some(after(40) + PAUSE)));
        let often = CleanupWork { attempt: TRIES, ..work() };
        let told = sentence(decide(&often, &failed(), after(16)));
        assert!(told.starts_with("reading accounts failed") && told.contains("retain the resource Teardown"), "{told}");
    }

    #[test]
    fn whoever_wants_the_stack_gone_gets_it_gone() {
        assert!(matches!(regardless(Answer::Failed("why".to_owned())), Answer::Done(_)));
    }
}
