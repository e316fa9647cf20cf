//! The page and what it asks for.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY};
use http::{Method, Request, Response, StatusCode};
use local_host::plain;
use serde::Serialize;
use serde_json::json;
use simulator::Simulation;
use sync_core::io::RandomIds;
use sync_core::ports::FreshIds;
use tokio::sync::watch;

use super::act::Act;
use super::gate;
use super::state::State;
use crate::watch::{Change, Watch};

const HTML: &str = include_str!("page.html");
/// Stands in the page where each answer has a word of its own.
const NONCE: &str = "{nonce}";
/// How long the page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the page shows, and where its acts go.
pub(super) struct Page {
    pub(super) simulation: Simulation,
    pub(super) watch: Watch,
    /// Whether the company lives by itself.
    pub(super) alive: watch::Sender<bool>,
    /// The port of the page.
    pub(super) port: u16,
}

#[derive(Debug, Serialize)]
struct News {
    revision: u64,
    changes: Vec<Change>,
}

impl Page {
    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        if let Err(refusal) = gate::check(&request, self.port) {
            return plain(refusal.status(), refusal.text());
        }
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/") => html(&RandomIds.fresh().simple().to_string()),
            (&Method::GET, "/state") => json(&State::of(&self.simulation, &self.watch, *self.alive.borrow())),
            (&Method::GET, "/events") => json(&self.news(since(request.uri().query().unwrap_or_default())).await),
            (&Method::POST, "/act") => self.act(request.body()),
            (_, "/" | "/state" | "/events" | "/act") => plain(StatusCode::METHOD_NOT_ALLOWED, "not that way"),
            _ => plain(StatusCode::NOT_FOUND, "there is nothing here"),
        }
    }

    /// What has happened since a revision; waits a little for something to happen.
    async fn news(&self, since: u64) -> News {
        // A page that has outlived the process before this one knows of more than has happened.
        let since = if since > self.watch.revision() { 0 } else { since };
        let mut news = self.watch.news();
        let _ = tokio::time::timeout(PATIENCE, news.wait_for(|revision| *revision > since)).await;
        let revision = self.watch.revision();
        News { revision, changes: self.watch.since(since) }
    }

    fn act(&self, body: &[u8]) -> Response<Bytes> {
        let Ok(act) = serde_json::from_slice::<Act>(body) else {
            return plain(StatusCode::BAD_REQUEST, "that is nothing that can be done here");
        };
        match act.carry_out(&self.simulation, &self.watch, &self.alive) {
            Ok(()) => json(&json!({ "done": true })),
            Err(why) => plain(StatusCode::CONFLICT, why),
        }
    }
}

fn since(query: &str) -> u64 {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut numbers = pairs.filter(|(name, _)| *name == "since").filter_map(|(_, number)| number.parse().ok());
    numbers.next().unwrap_or_default()
}

fn html(nonce: &str) -> Response<Bytes> {
    let mut answer = plain(StatusCode::OK, HTML.replace(NONCE, nonce));
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    set(&mut answer, CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut answer, CONTENT_SECURITY_POLICY, &policy);
    set(&mut answer, REFERRER_POLICY, "no-referrer");
    set(&mut answer, CACHE_CONTROL, "no-store");
    answer
}

fn json(value: &impl Serialize) -> Response<Bytes> {
    let Ok(text) = serde_json::to_vec(value) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "this cannot be written as JSON");
    };
    let mut answer = plain(StatusCode::OK, text);
    set(&mut answer, CONTENT_TYPE, "application/json");
    set(&mut answer, CACHE_CONTROL, "no-store");
    answer
}

fn set(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use simulator::{Behaviour, World};
    use sync_core::domain::Mapping;
    use sync_core::ports::Nesting;

    use super::*;
    use crate::agreement::Rules;
    use crate::live::markup_in_person;

    fn page() -> Page {
        let simulation = Simulation::new(World::default().with_person(markup_in_person()), Behaviour::default());
        let watch = Watch::new(simulation.clone());
        watch.begin(Rules::new(&Mapping::default(), Nesting::Transitive, true));
        Page { simulation, watch, alive: watch::channel(false).0, port: 8787 }
    }

    async fn ask(page: &Page, method: Method, path: &str, body: &str) -> (u16, String, Response<Bytes>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Host", "localhost:8787")
            .header("Origin", "http://localhost:8787")
            .header("Content-Type", "application/json");
        let answer = page.answer(request.body(Bytes::from(body.to_owned())).unwrap()).await;
        (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap(), answer)
    }

    #[tokio::test]
    async fn the_page_runs_nothing_but_its_own_script() {
        let page = page();
        let (status, text, answer) = ask(&page, Method::GET, "/", "").await;
        assert_eq!(status, 200);
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(text.matches(&format!("nonce=\"{nonce}\"")).count(), 2, "one script, one style sheet");
        assert!(!text.contains(NONCE));
        let (_, other, _) = ask(&page, Method::GET, "/", "").await;
        assert_ne!(text, other, "no nonce is used twice");
    }

    #[test]
    fn the_page_makes_no_markup_from_data() {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "DOMParser",
            "srcdoc",
            "style=\"",
            "onclick=\"",
            "http://",
            "https://",
        ] {
            assert!(!HTML.contains(way), "{way}");
        }
    }

    #[tokio::test]
    async fn a_name_full_of_markup_travels_as_data() {
        let page = page();
        let (status, text, answer) = ask(&page, Method::GET, "/state", "").await;
        assert_eq!((status, answer.headers()[CONTENT_TYPE].to_str().unwrap()), (200, "application/json"));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let state: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(state["rows"][0]["person"]["name"], "<script>alert(1)</script> <img src=x onerror=alert(2)>");
        let (_, html, _) = ask(&page, Method::GET, "/", "").await;
        assert!(!html.contains("alert("));
    }

    #[tokio::test]
    async fn acts_are_done_and_become_news() {
        let page = page();
        let id = markup_in_person().id;
        let (status, ..) = ask(&page, Method::POST, "/act", &format!(r#"{{"act":"disable","person":"{id}"}}"#)).await;
        assert_eq!(status, 200);
        let (_, text, _) = ask(&page, Method::GET, "/events?since=0", "").await;
        let news: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&news["revision"], &news["changes"][0]["text"]),
            (&json!(1), &json!(format!("Person {id} was disabled.")))
        );
        // Whoever knows of more than has happened is told everything.
        let (_, text, _) = ask(&page, Method::GET, "/events?since=99", "").await;
        assert!(text.contains("was disabled"));
        for (method, path, body, expected) in [
            (Method::POST, "/act", "{}", 400),
            (Method::POST, "/act", r#"{"act":"delete","person":"00000000-0000-0000-0000-000000000009"}"#, 409),
            (Method::GET, "/act", "", 405),
            (Method::POST, "/state", "", 405),
            (Method::GET, "/favicon.ico", "", 404),
        ] {
            assert_eq!(ask(&page, method, path, body).await.0, expected, "{path} {body}");
        }
    }

    #[test]
    fn a_revision_that_is_none_is_the_first() {
        for (query, expected) in [("since=7", 7), ("x=1&since=8", 8), ("since=", 0), ("since=-1", 0), ("", 0)] {
            assert_eq!(since(query), expected, "{query}");
        }
    }
}
