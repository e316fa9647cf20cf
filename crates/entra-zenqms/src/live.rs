//! `live`: both directories side by side on a page of this machine, and a company to play with.

mod act;
mod gate;
mod page;
mod state;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use local_host::{listen, serve};
use simulator::{Churn, Person};
use sync_core::ports::Nesting;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use crate::cli::{CompanyOptions, FaultLevel, Likeness, LiveOptions};
use crate::company;
use crate::installation::{Installation, Terms};
use crate::tables;
use page::Page;

/// Requests a second that the simulated ZenQMS allows.
const RATE: u32 = 150;
/// No act is longer than this.
const LONGEST_ACT: usize = 16 * 1_024;

pub(crate) async fn run(options: LiveOptions) -> anyhow::Result<()> {
    let company = CompanyOptions {
        people: options.people,
        accounts: None,
        groups: options.groups,
        seed: options.seed,
        likeness: Likeness::Lifelike,
        rate: RATE,
        faults: FaultLevel::None,
    };
    let listener = listen(options.port).await.with_context(|| format!("listening on port {}", options.port))?;
    let world = company::world(&company).with_person(markup_in_person());
    let simulation = company::populate(&company, world);
    let terms = Terms { mapping: None, groups: options.groups, nesting: Nesting::Transitive, initial_sync: true };
    let installation = Installation::new(simulation, terms).await?;
    tables::heading("Both directories, live");
    let report = installation.host.full(&installation.watch).await?;
    if report.status != "complete" {
        bail!("the initial sync did not complete: {}", report.halted_because.unwrap_or_default());
    }
    installation.subscribe().await?;
    company::unreliable(&installation.simulation);

    let (alive, living) = watch::channel(false);
    let port = listener.local_addr()?.port();
    let page =
        Arc::new(Page { simulation: installation.simulation.clone(), watch: installation.watch.clone(), alive, port });
    let server = serve(listener, LONGEST_ACT, move |request| {
        let page = page.clone();
        async move { page.answer(request).await }
    })?;
    tables::line(&format!("  {} people; the page is at http://{}/ until Ctrl-C.", options.people, server.address()));
    let sweep = Duration::from_secs(options.sweep.max(1));
    installation.at_work(sweep, until_interrupted(&installation, options.seed, living)).await
}

/// Lets the company live while it may.
async fn until_interrupted(
    installation: &Installation,
    seed: u64,
    mut living: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut churn = Churn::new(seed);
    let mut dice = fastrand::Rng::with_seed(seed);
    let life = async {
        while living.wait_for(|living| *living).await.is_ok() {
            installation.simulation.change(|editor| {
                let happening = churn.step(editor);
                installation.watch.note(&happening, editor);
            });
            sleep(Duration::from_millis(dice.u64(800..2_500))).await;
        }
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("waiting for Ctrl-C"),
        () = life => bail!("the page is gone"),
    }
}

/// A person whose name would do harm if it were taken for more than a name.
fn markup_in_person() -> Person {
    let id = Uuid::from_u128(0x0bad_0000_0000_4000_8000_0000_0000_0001);
    Person::new(
        id,
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(2)>",
        "markup@acme.example",
        "Tester & \"Co\"",
    )
}
