//! The notification intake at an address of this machine, as API Gateway has it in AWS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use simulator::Receiver;
use sync_core::io::http::{Limits, Transport};
use sync_core::look::Observer;
use sync_core::ports::{Clock, FreshIds};
use tokio::net::TcpListener;

use crate::host::Host;
use crate::loopback::{Loopback, plain, serve};

/// No delivery is larger (AWS docs: Lambda quotas, payload of a synchronous invocation).
const MOST: usize = 6 * 1_024 * 1_024;
/// Longer than Graph waits.
const PATIENCE: Duration = Duration::from_secs(15);
/// The intake's longest answer is a token that it sends back.
const LONGEST_ANSWER: usize = 64 * 1_024;

/// Takes notifications in at the listener's address.
///
/// # Errors
/// When the listener has no address.
pub fn serve_intake<T, C, I, O>(listener: TcpListener, host: Arc<Host<T, C, I, O>>) -> io::Result<Loopback>
where
    T: Transport + 'static,
    C: Clock + Send + 'static,
    I: FreshIds + Send + 'static,
    O: Observer + Send + 'static,
{
    serve(listener, MOST, move |request| take_in(host.clone(), request))
}

async fn take_in<T, C, I, O>(host: Arc<Host<T, C, I, O>>, request: Request<Bytes>) -> Response<Bytes>
where
    T: Transport,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    if request.method() != Method::POST {
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only POST");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return refusal;
    }
    let answer = host.intake(request.uri().query().unwrap_or_default(), request.body()).await;
    plain(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body)
}

/// The simulated Graph's way to the intake: HTTP, by this carrier.
#[derive(Clone, Copy, Debug)]
pub struct OverHttp<T>(pub T);

impl<T: Transport> Receiver for OverHttp<T> {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        Box::pin(async move {
            let request = Request::post(url).header(CONTENT_TYPE, content_type).body(body).ok()?;
            let answer = self.0.send(request, Limits { time: PATIENCE, body: LONGEST_ANSWER }).await.ok()?;
            let (head, body) = answer.into_parts();
            Some((head.status.as_u16(), head.headers, body))
        })
    }
}

#[cfg(test)]
mod tests {
    use initial_sync::Budget;
    use simulator::{Behaviour, EmbeddedSqs, KillSwitch, Person, Registration, SimulatedClock, Simulation, World};
    use sync_core::domain::Mapping;
    use sync_core::io::RandomIds;
    use sync_core::io::http::ReqwestTransport;
    use sync_core::look::Unobserved;
    use sync_core::pace::PaceLimits;
    use sync_core::ports::Nesting;
    use uuid::Uuid;

    use super::*;
    use crate::{Access, Options, Store, listen};

    const ANNA: Uuid = Uuid::from_u128(1);

    type TestHost = Host<ReqwestTransport, SimulatedClock, RandomIds, Unobserved>;

    /// A host whose intake listens, and a simulation that posts there.
    async fn joined(simulation: &Simulation) -> (simulator::Server, Arc<TestHost>, Loopback) {
        let services = simulator::serve(simulation.clone(), listen(0).await.unwrap()).unwrap();
        let transport = ReqwestTransport::new().unwrap();
        let clients = || {
            let access = Access::simulated(&services.base(), PaceLimits::default());
            access.connect(transport.clone(), simulation.clock()).unwrap()
        };
        let kill = KillSwitch::default();
        let store = Store::new(&kill, EmbeddedSqs::with_clock(kill.clone(), simulation.clock())).unwrap();
        store.create().await.unwrap();
        let door = listen(0).await.unwrap();
        let options = Options {
            mapping: Mapping::default(),
            nesting: Nesting::Transitive,
            initial_sync: true,
            limits: sync_core::guard::Limits::default(),
            notification_url: format!("http://{}/", door.local_addr().unwrap()),
            tenant: Registration::default().tenant,
            budget: Budget::UNLIMITED,
        };
        let host = Arc::new(Host::new(clients(), clients(), store, options, RandomIds, Unobserved));
        simulation.notify(Arc::new(OverHttp(transport)));
        let intake = serve_intake(door, host.clone()).unwrap();
        (services, host, intake)
    }

    #[tokio::test]
    async fn a_subscription_is_validated_and_its_notifications_come_in_over_http() {
        let anna = Person::new(ANNA, "Anna", "Meier", "anna@acme.example", "Analyst");
        let simulation = Simulation::new(World::default().with_person(anna), Behaviour::default());
        let (_services, host, _intake) = joined(&simulation).await;
        host.keep(None).await.unwrap();
        assert_eq!(simulation.subscriptions().len(), 1, "the handshake was answered to the byte");
        assert!(host.is_at_rest(Duration::ZERO));
        simulation.change(|editor| editor.update_person(ANNA, |anna| anna.job_title = Some("Lead".into())));
        assert_eq!(simulation.deliver_due().await, 1);
        assert_eq!(host.store.sqs.messages(&host.store.urls.users).len(), 1);
        assert!(!host.is_at_rest(Duration::ZERO));
    }

    #[tokio::test]
    async fn only_posts_are_taken_and_a_token_is_plain_text() {
        let simulation = Simulation::new(World::default(), Behaviour::default());
        let (_services, host, intake) = joined(&simulation).await;
        let ask = async |method: Method, query: &str, body: usize| {
            let url = format!("http://{}/{query}", intake.address());
            let request = Request::builder().method(method).uri(url).body(Bytes::from(vec![b' '; body])).unwrap();
            let limits = Limits { time: PATIENCE, body: LONGEST_ANSWER };
            ReqwestTransport::new().unwrap().send(request, limits).await.unwrap()
        };
        let echo = ask(Method::POST, "?validationToken=a%20b", 0).await;
        assert_eq!((echo.status().as_u16(), &echo.body()[..]), (200, &b"a b"[..]));
        assert_eq!(
            (&echo.headers()[CONTENT_TYPE], &echo.headers()["x-content-type-options"]),
            (&"text/plain".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        let refusal = ask(Method::GET, "", 0).await;
        assert_eq!((refusal.status().as_u16(), &refusal.headers()[ALLOW]), (405, &"POST".parse().unwrap()));
        assert_eq!(ask(Method::POST, "", 3).await.status().as_u16(), 400);
        assert!(host.is_at_rest(Duration::ZERO));
    }
}
