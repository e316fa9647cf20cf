//! `simulate`: the services alone, for whatever wants to talk to them.

use std::io::Write;
use std::net::Ipv4Addr;

use anyhow::Context;
use serde_json::json;
use simulator::{Registration, ZenqmsBehaviour, serve};
use tokio::net::TcpListener;

use crate::cli::SimulateOptions;
use crate::company;

pub(crate) async fn run(options: SimulateOptions) -> anyhow::Result<()> {
    let simulation = company::simulate(&options.company);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.context("listening on loopback")?;
    let server = serve(simulation.clone(), listener)?;
    let base = server.base();
    let app = Registration::default();
    // One line of JSON: for people to read, and for scripts to take.
    let line = json!({
        "base": base,
        "LOGIN_ENDPOINT": format!("{base}/login"),
        "GRAPH_ENDPOINT": format!("{base}/graph"),
        "ZENQMS_ENDPOINT": format!("{base}/zenqms"),
        "ENTRA_TENANT_ID": app.tenant,
        "ENTRA_CLIENT_ID": app.client,
        "entra_client_secret": Registration::SECRET,
        "zenqms_api_token": ZenqmsBehaviour::TOKEN,
        "GROUP_ROLE_MAPPING": simulation.world(|world| world.suggested_mapping(options.company.groups)),
    });
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    std::future::pending::<anyhow::Result<()>>().await
}
