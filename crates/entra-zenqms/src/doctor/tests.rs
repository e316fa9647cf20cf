mod alone;
mod canary;
mod direct;
mod healthy;
mod sick;

use simulator::{Fault, FaultKind, MissingRights, Route};
use sync_core::ports::Clock;

use super::*;
use crate::schemas::hold;
use crate::stack::{Simulated, Whereabouts, group, person};

fn deployment(stack: &Simulated) -> Deployment {
    Deployment {
        status: "UPDATE_COMPLETE".to_owned(),
        function: "acme-InitialSync".to_owned(),
        notification_url: Simulated::NOTIFICATION_URL.to_owned(),
        mapping: stack.mapping.clone(),
        sweep_minutes: 15,
    }
}

/// All checks but those that need AWS itself.
async fn examined(stack: &Simulated) -> Vec<Part> {
    let Simulated { simulation, embedded, host, mapping } = stack;
    let now = simulation.clock().now();
    let deployment = deployment(stack);
    let kept = Kept::read(&embedded.store.ledger, &embedded.queues, now).await.map_err(|failure| failure.to_string());
    let services = (&host.flows.graph, &host.flows.zenqms, &host.ids);
    let text = Ok(mapping.clone());
    let asked = Box::pin(both_services(services, text, Nesting::Transitive, kept.as_ref().ok(), &deployment)).await;
    let aws = vec![
        deployed::identity(&Whereabouts::acme()),
        deployed::status(&deployment.status),
        deployed::credentials(&Ok(Some("2027-06-30".parse().unwrap())), now),
    ];
    let aws = Part { of: "AWS", checks: aws };
    let from = Ledger::among_heads(person(2));
    let found = sample(&embedded.store.ledger, from, evidence::PEOPLE).await;
    let chains = evidence::chains(found, |failure| Whereabouts::acme().explained(failure).to_string());
    let evidence = Part { of: "Evidence", checks: vec![chains] };
    let parts = std::iter::once(aws).chain(asked).chain([at_work(&kept, &deployment), evidence]).collect::<Vec<_>>();
    hold("doctor", &Document { place: &Place::acme(), verdict: worst(&parts), parts: &parts });
    parts
}

fn text(parts: &[Part]) -> String {
    anstream::adapter::strip_str(&page::text(parts)).to_string()
}

fn json(parts: &[Part]) -> String {
    let document = Document { place: &Place::acme(), verdict: worst(parts), parts };
    serde_json::to_string_pretty(&document).unwrap()
}

fn check<'p>(parts: &'p [Part], name: &str) -> &'p Check {
    let mut checks = parts.iter().flat_map(|part| &part.checks);
    checks.find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name}: {}", text(parts)))
}

fn bad(parts: &[Part]) -> Vec<&'static str> {
    let checks = parts.iter().flat_map(|part| &part.checks);
    checks.filter(|check| check.verdict == Verdict::Bad).map(|check| check.name).collect()
}

/// Ours never knew another secret, permission or token: what is changed is changed over there.
fn without_old_tokens(stack: &Simulated, change: impl FnOnce(&mut simulator::Behaviour)) {
    stack.simulation.behave(change);
    stack.simulation.revoke_tokens();
}
