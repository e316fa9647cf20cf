use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::failure::{Cause, Failure};
use crate::io::http::{LONGEST_RETRY_AFTER, Transport, least_pause};
use crate::ports::Clock;

use super::GraphClient;
use super::exchange::{Call, error_cause};

/// Graph's limit of requests in one `$batch`.
const BATCH: usize = 20;
/// How often items that failed for reasons that pass are asked again.
const ROUNDS: usize = 6;
/// The same for whoever can come back another time.
const BRIEF_ROUNDS: usize = 2;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Envelope<'a> {
    requests: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Headers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a serde_json::Value>,
}

#[derive(Serialize)]
struct Headers {
    #[serde(rename = "Content-Type", skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
    #[serde(rename = "ConsistencyLevel", skip_serializing_if = "Option::is_none")]
    consistency_level: Option<&'static str>,
}

/// One read among those of a batch.
pub(super) struct Ask {
    /// Behind `/v1.0`.
    path: String,
    /// A read that Graph wants as a POST.
    body: Option<serde_json::Value>,
    /// Casts and counts are served from an index that Graph wants to be asked for by name.
    eventual: bool,
    /// The application permission that it needs, where that is another than the call's.
    permission: Option<&'static str>,
}

impl Ask {
    pub(super) const fn get(path: String) -> Self {
        Self { path, body: None, eventual: false, permission: None }
    }

    pub(super) const fn get_eventual(path: String) -> Self {
        Self { path, body: None, eventual: true, permission: None }
    }

    pub(super) const fn post(path: String, body: serde_json::Value) -> Self {
        Self { path, body: Some(body), eventual: false, permission: None }
    }

    /// The same, needing this permission.
    pub(super) const fn needing(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    fn item(&self, n: usize) -> Item<'_> {
        let headers = (self.body.is_some() || self.eventual).then(|| Headers {
            content_type: self.body.is_some().then_some("application/json"),
            consistency_level: self.eventual.then_some("eventual"),
        });
        let method = if self.body.is_some() { "POST" } else { "GET" };
        Item { id: n.to_string(), method, url: &self.path, headers, body: self.body.as_ref() }
    }
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// What an item of a batch was answered: the body of a success, or why there is none.
pub(super) type ItemAnswer = Result<Option<Box<RawValue>>, Cause>;

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// Reads many things in as few calls as Graph allows; the answers come back in the order of `asks`. An item that is refused for now is asked again, after the longest wait that any item asked for:
    /// nobody else does that, and a 429 inside a batch whose own status is 200 is easily lost.
    pub(super) async fn read_many(&self, call: &Call, asks: &[Ask]) -> Result<Vec<ItemAnswer>, Failure> {
        let mut answers: Vec<ItemAnswer> = asks.iter().map(|_| Err(missing())).collect();
        let mut open: Vec<usize> = (0..asks.len()).collect();
        for round in 1.. {
            for chunk in open.chunks(BATCH) {
                self.read_batch(call, asks, chunk, &mut answers).await?;
            }
            let wait = open.iter().filter_map(|&n| answers.get(n)).filter_map(|answer| pause_for(answer, round)).max();
            let rounds = if self.retries.is_brief() { BRIEF_ROUNDS } else { ROUNDS };
            let Some(wait) = wait.filter(|_| round < rounds) else {
                break;
            };
            open.retain(|&n| answers.get(n).is_some_and(|answer| pause_for(answer, round).is_some()));
            self.retries.clock().pause(wait).await;
        }
        Ok(answers)
    }

    async fn read_batch(
        &self,
        call: &Call,
        asks: &[Ask],
        numbers: &[usize],
        answers: &mut [ItemAnswer],
    ) -> Result<(), Failure> {
        let requests = numbers.iter().filter_map(|&n| Some(asks.get(n)?.item(n))).collect();
        let body = serde_json::to_vec(&Envelope { requests })
            .map_err(|error| call.failed(Cause::Unreadable(error.to_string())))?;
        let batch: Answers = self.post(call, "/v1.0/$batch", Bytes::from(body)).await?;
        for &n in numbers {
            if let Some(slot) = answers.get_mut(n) {
                *slot = Err(missing());
            }
        }
        // In any order, and not necessarily all of them.
        for answer in batch.responses {
            let Ok(n) = answer.id.parse::<usize>() else { continue };
            let Some(slot) = answers.get_mut(n) else { continue };
            let permission = asks.get(n).and_then(|ask| ask.permission).unwrap_or(call.permission);
            *slot = self.item(permission, answer);
        }
        Ok(())
    }

    fn item(&self, permission: &str, answer: Answer) -> ItemAnswer {
        if (200..300).contains(&answer.status) && answer.status != 202 {
            return Ok(answer.body);
        }
        let headers: HeaderMap = answer
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?)))
            .collect();
        let body = answer.body.as_deref().map_or("", RawValue::get);
        Err(error_cause(permission, answer.status, &headers, body.as_bytes(), self.now()))
    }
}

fn missing() -> Cause {
    Cause::Unreadable("the batch's answer leaves this item out".to_owned())
}

/// How long to wait before an item is asked again; `None` when asking again is of no use.
fn pause_for(answer: &ItemAnswer, round: usize) -> Option<Duration> {
    let Err(cause) = answer else { return None };
    let before = u32::try_from(round).unwrap_or(u32::MAX).saturating_sub(1);
    match cause {
        Cause::Throttled { retry_after: Some(wait) } | Cause::Unavailable { retry_after: Some(wait), .. } => {
            (*wait <= LONGEST_RETRY_AFTER).then(|| (*wait).max(least_pause(before)))
        }
        Cause::Throttled { .. } | Cause::Unavailable { .. } | Cause::Unreadable(_) => {
            Some(FIRST_PAUSE * 2_u32.saturating_pow(before))
        }
        _ => None,
    }
}
