use std::fs;
use std::path::PathBuf;

use simulator::{Behaviour, Registration, Route, Server, Simulation, ZenqmsBehaviour, serve};

use super::Direct;
use crate::source::Source;
use crate::stack::{company, group};

/// Both services over HTTP on a port of this machine, and a folder with the settings that lead there.
pub(crate) struct Served {
    pub(crate) simulation: Simulation,
    pub(crate) folder: PathBuf,
    server: Server,
}

impl Served {
    /// `name`: the test's, so that no two share a folder.
    pub(crate) async fn new(name: &str) -> Self {
        let simulation = Simulation::new(company(), Behaviour::default());
        let server = serve(simulation.clone(), local_host::listen(0).await.unwrap()).unwrap();
        let folder = std::env::temp_dir().join(format!("direct-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let company = Self { simulation, folder, server };
        company.credentials(Registration::SECRET);
        company
    }

    /// Keeps this client secret.
    pub(crate) fn credentials(&self, secret: &str) {
        let token = ZenqmsBehaviour::TOKEN;
        let text = format!(r#"{{"entra_client_secret": "{secret}", "zenqms_api_token": "{token}"}}"#);
        self.file("credentials.json", &text);
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    /// Quality gives the role of this name.
    pub(crate) fn mapping(role: &str) -> String {
        format!(r#"GROUP_ROLE_MAPPING={{"{}": ["{role}"]}}"#, group(1))
    }

    /// The settings that lead there, with these lines more.
    pub(crate) fn settings(&self, more: &str) -> PathBuf {
        let (base, app) = (self.server.base(), Registration::default());
        let text = format!(
            "# of the simulated company\nENTRA_TENANT_ID={}\nENTRA_CLIENT_ID = {}\nCREDENTIALS_FILE=credentials.json\n\n\
             LOGIN_ENDPOINT={base}/login\nGRAPH_ENDPOINT={base}/graph\nZENQMS_ENDPOINT={base}/zenqms\n{more}\n",
            app.tenant, app.client
        );
        self.file("acme.env", &text);
        self.folder.join("acme.env")
    }

    pub(crate) fn read(&self, more: &str) -> anyhow::Result<Direct> {
        Direct::read(&self.settings(more))
    }

    /// What a command asks, where Quality gives the role that there is.
    pub(crate) fn source(&self, more: &str) -> Source {
        let more = format!("{}\n{more}", Self::mapping("Document Reader"));
        Source::Direct(Box::new(self.read(&more).unwrap()))
    }

    /// Both services were asked, and neither was written to.
    pub(crate) fn assert_only_read(&self) {
        let tally = self.simulation.tally();
        assert!(tally.calls(Route::AnyGraph) > 0 && tally.calls(Route::AnyZenqms) > 0, "{tally}");
        self.assert_nothing_written();
    }

    /// Neither service was written to.
    pub(crate) fn assert_nothing_written(&self) {
        let tally = self.simulation.tally();
        let writing = [Route::AnyWrite, Route::SubscriptionCreate, Route::SubscriptionRenew, Route::SubscriptionDelete];
        assert!(writing.into_iter().all(|route| tally.calls(route) == 0), "{tally}");
        assert!(self.simulation.writes().is_empty());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
