use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::emulator::{ACCOUNT, Emulator, REGION};

/// The operator's command, as an operator calls it.
pub(crate) struct Operator {
    program: PathBuf,
    endpoint: String,
}

impl Operator {
    /// It was built beside this program.
    pub(crate) fn new(emulator: &Emulator) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("entra-zenqms");
        ensure!(program.is_file(), "{} is not there: `make test-deploy` builds it", program.display());
        Ok(Self { program, endpoint: emulator.url() })
    }

    /// Calls it for a stack. Returns its exit code and its JSON.
    pub(crate) async fn ask(&self, stack: &str, arguments: &[&str]) -> anyhow::Result<(i32, Value)> {
        self.call(&[arguments, &["--stack", stack]].concat()).await
    }

    /// The same for what needs no stack.
    pub(crate) async fn call(&self, arguments: &[&str]) -> anyhow::Result<(i32, Value)> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("--json")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("entra-zenqms {}", arguments.join(" ")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let json = serde_json::from_str(&said).with_context(|| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            format!("entra-zenqms {} said no JSON: {said}{complaint}", arguments.join(" "))
        })?;
        Ok((output.status.code().unwrap_or(-1), json))
    }
}
