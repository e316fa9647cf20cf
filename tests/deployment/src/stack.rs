use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::emulator::{ACCOUNT, Emulator, REGION};

/// SAM, as a user calls it.
pub(crate) struct Sam {
    program: PathBuf,
    cargo_lambda: PathBuf,
    project: PathBuf,
    scratch: PathBuf,
    endpoint: String,
}

impl Sam {
    pub(crate) fn new(tools: &Path, project: &Path, scratch: &Path, emulator: &Emulator) -> Self {
        Self {
            program: tools.join("sam/bin/sam"),
            cargo_lambda: tools.join("lambda/bin"),
            project: project.to_owned(),
            scratch: scratch.to_owned(),
            endpoint: emulator.url(),
        }
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        #[expect(clippy::disallowed_methods, reason = "the path, for cargo")]
        let path = std::env::var("PATH").context("PATH")?;
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&self.project)
            .env("PATH", format!("{}:{path}", self.cargo_lambda.display()))
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(command)
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(arguments)?.output().await.with_context(|| format!("sam {}", arguments.join(" ")))
    }

    fn built(&self) -> String {
        self.scratch.join("build").display().to_string()
    }

    /// Builds all functions for this machine.
    pub(crate) async fn build(&self) -> anyhow::Result<()> {
        let architecture = format!("Architecture={}", if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" });
        let built = self.built();
        let status = self
            .command(&["build", "--build-dir", &built, "--parameter-overrides", &architecture])?
            .status()
            .await
            .context("sam build")?;
        ensure!(status.success(), "sam build failed");
        Ok(())
    }

    /// Deploys, or changes what is deployed. Returns all that SAM said, and whether it succeeded.
    pub(crate) async fn deploy(
        &self,
        stack: &str,
        parameters: &BTreeMap<&str, String>,
    ) -> anyhow::Result<(bool, String)> {
        let template = format!("{}/template.yaml", self.built());
        let overrides: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("ParameterKey={name},ParameterValue={}", quoted(value)))
            .collect();
        let mut arguments = vec![
            "deploy",
            "--template-file",
            &template,
            "--stack-name",
            stack,
            "--resolve-s3",
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_AUTO_EXPAND",
            "--parameter-overrides",
        ];
        arguments.extend(overrides.iter().map(String::as_str));
        let output = self.run(&arguments).await?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), said))
    }

    /// Takes a stack away.
    pub(crate) async fn delete(&self, stack: &str) -> anyhow::Result<(bool, String)> {
        let output = self.run(&["delete", "--stack-name", stack, "--no-prompts"]).await?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), said))
    }
}

/// In the notation of SAM's parameters, which is a shell's.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A stack's outputs, by name.
pub(crate) async fn outputs(emulator: &Emulator, stack: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let xml = emulator.query("cloudformation", &format!("Action=DescribeStacks&StackName={stack}")).await?;
    let mut outputs = BTreeMap::new();
    for output in xml.split("<OutputKey>").skip(1) {
        let Some((key, rest)) = output.split_once("</OutputKey>") else { continue };
        let value = rest.split_once("<OutputValue>").and_then(|(_, rest)| rest.split_once("</OutputValue>"));
        if let Some((value, _)) = value {
            outputs.insert(key.to_owned(), value.replace("&amp;", "&"));
        }
    }
    ensure!(!outputs.is_empty(), "the stack {stack} has no outputs: {xml}");
    Ok(outputs)
}

/// What CloudFormation noted of a stack, newest first, as XML.
pub(crate) async fn events(emulator: &Emulator, stack: &str) -> anyhow::Result<String> {
    let mut noted = String::new();
    let mut from = String::new();
    loop {
        let page =
            emulator.query("cloudformation", &format!("Action=DescribeStackEvents&StackName={stack}{from}")).await?;
        let next = page.split_once("<NextToken>").and_then(|(_, rest)| rest.split_once("</NextToken>"));
        let next = next.map(|(token, _)| format!("&NextToken={token}"));
        noted.push_str(&page);
        match next {
            Some(next) if next != from => from = next,
            _ => return Ok(noted),
        }
    }
}
