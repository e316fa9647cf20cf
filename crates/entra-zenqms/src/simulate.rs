//! `simulate`: the services alone, for whatever wants to talk to them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, anyhow};
use lambda_host::variable::{ENTRA_CLIENT_ID, ENTRA_TENANT_ID, GRAPH_ENDPOINT, LOGIN_ENDPOINT, ZENQMS_ENDPOINT};
use serde_json::{Value, json};
use simulator::{Registration, ZenqmsBehaviour, serve};
use tokio::net::TcpListener;

use crate::cli::SimulateOptions;
use crate::company;
use crate::direct::{CREDENTIALS_FILE, GROUP_ROLE_MAPPING};
use crate::new_file::NewFile;

pub(crate) async fn run(options: SimulateOptions) -> anyhow::Result<()> {
    let files = options.settings.as_deref().map(Files::begin).transpose()?;
    let simulation = company::simulate(&options.company);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.context("listening on loopback")?;
    let server = serve(simulation.clone(), listener)?;
    let base = server.base();
    let mapping = simulation.world(|world| world.suggested_mapping(options.company.groups));
    let (settings, credentials) = (settings(&base, serde_json::to_string(&mapping)?), credentials());
    if let Some(files) = files {
        files.write(&settings, &credentials)?;
    }
    // One line of JSON: for people to read, and for scripts to take.
    let mut line = json!({ "base": base, GROUP_ROLE_MAPPING: mapping });
    if let (Value::Object(line), Value::Object(credentials)) = (&mut line, credentials) {
        let settings = settings.into_iter().filter(|&(name, _)| name != GROUP_ROLE_MAPPING);
        line.extend(settings.map(|(name, value)| (name.to_owned(), value.into())));
        line.extend(credentials);
    }
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    std::future::pending::<anyhow::Result<()>>().await
}

/// By what the services are reached, as the functions and other commands are told.
fn settings(base: &str, mapping: String) -> BTreeMap<&'static str, String> {
    let app = Registration::default();
    BTreeMap::from([
        (LOGIN_ENDPOINT, format!("{base}/login")),
        (GRAPH_ENDPOINT, format!("{base}/graph")),
        (ZENQMS_ENDPOINT, format!("{base}/zenqms")),
        (ENTRA_TENANT_ID, app.tenant.to_string()),
        (ENTRA_CLIENT_ID, app.client.to_string()),
        (GROUP_ROLE_MAPPING, mapping),
    ])
}

fn credentials() -> Value {
    json!({ "entra_client_secret": Registration::SECRET, "zenqms_api_token": ZenqmsBehaviour::TOKEN })
}

/// The settings and the credentials, as long as they are not whole.
struct Files {
    settings: (NewFile, File),
    credentials: (NewFile, File),
    /// The second one's name, as the first one has it.
    named: String,
}

impl Files {
    fn begin(settings: &Path) -> anyhow::Result<Self> {
        let credentials = settings.with_added_extension("credentials.json");
        let named = credentials.file_name().and_then(std::ffi::OsStr::to_str);
        let named =
            named.ok_or_else(|| anyhow!("{} is no name for a file of settings", settings.display()))?.to_owned();
        Ok(Self { settings: NewFile::begin(settings)?, credentials: NewFile::begin(&credentials)?, named })
    }

    fn write(self, settings: &BTreeMap<&'static str, String>, credentials: &Value) -> anyhow::Result<()> {
        let Self { settings: (new, mut file), credentials: (new_credentials, mut secret), named } = self;
        writeln!(secret, "{credentials}")?;
        writeln!(file, "# Simulated services, for as long as they are served.\n{CREDENTIALS_FILE}={named}")?;
        for (name, value) in settings {
            writeln!(file, "{name}={value}")?;
        }
        new_credentials.finish()?;
        new.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direct::Direct;

    #[test]
    fn what_is_written_is_what_other_commands_read() {
        let folder = std::env::temp_dir().join(format!("simulate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("trial.env");
        let settings = settings("http://127.0.0.1:1", r#"{"g": ["A = B"]}"#.to_owned());
        Files::begin(&file).unwrap().write(&settings, &credentials()).unwrap();
        let direct = Direct::read(&file).map(|direct| direct.mapping);
        assert!(Files::begin(&file).is_err(), "not written over");
        let files = std::fs::read_dir(&folder).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((direct.unwrap().as_str(), files), (r#"{"g": ["A = B"]}"#, 2));
    }
}
