mod deployed;
mod exported;
mod planned;
mod undeployed;

use simulator::{Group, Role as SimulatedRole, Route};
use sync_core::domain::{GroupId, Mapping, RoleId};
use sync_core::failure::Failure;
use sync_core::ports::Nesting;

use super::*;
use crate::schemas::hold;
use crate::stack::{Simulated, group, person};

async fn kept(stack: &Simulated) -> Mapping {
    stack.embedded.store.ledger.mapping().await.unwrap()
}

async fn keep(stack: &Simulated, mapping: &Mapping) {
    stack.embedded.store.ledger.keep_mapping(mapping).await.unwrap();
}

async fn looked_at(stack: &Simulated, looked: Looked, text: &str) -> Result<Findings, Failure> {
    let kept = kept(stack).await;
    let services = (&stack.host.flows.graph, &stack.host.flows.zenqms);
    let findings =
        check(services, Nesting::Transitive, &Asked { looked, text, kept: &kept, minimum: &MinimumHolders::of(&kept) })
            .await?;
    let fits = findings.problems.is_empty();
    hold("mapping-check", &Document { place: &Place::acme(), fits, findings: &findings });
    Ok(findings)
}

async fn deployed(stack: &Simulated) -> Findings {
    looked_at(stack, Looked::Deployed, &stack.mapping).await.unwrap()
}

async fn planned(stack: &Simulated, text: &str) -> Findings {
    looked_at(stack, Looked::File, text).await.unwrap()
}

/// What stands on the screen.
fn text(findings: &Findings) -> String {
    let page = tables::text(&page::sections(findings));
    let page = anstream::adapter::strip_str(&page).to_string();
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    format!("{page}\n\n{}", tables::wrapped(page::conclusion(findings), ""))
}

fn role(id: &str, name: &str, is_default: bool) -> Role {
    Role { id: RoleId::text(id), name: name.to_owned(), is_default }
}

/// A second group, in which nobody is, and two roles more.
fn grow(stack: &Simulated) {
    stack.simulation.change(|editor| {
        editor.add_group(Group::new(group(2), "Approvers"));
        editor.add_role(SimulatedRole::new(18, "Approver"));
        editor.add_role(SimulatedRole::new(19, "Everybody").by_default());
    });
}
