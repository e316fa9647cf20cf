//! What the stories about Graph have in common: signing in.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use crate::{Registration, Reply, Simulation};

pub(crate) async fn token(simulation: &Simulation) -> String {
    let Registration { tenant, client, .. } = Registration::default();
    let form = format!(
        "client_id={client}&client_secret={}&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        Registration::SECRET
    );
    let request = Request::post(format!("http://localhost/login/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    let Reply::Answer(answer) = simulation.handle(request).await else { panic!("no answer") };
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}
