//! What a stack would need of both services, before there is one.

use lambda_host::Flow;
use sync_core::domain::{GroupId, MappingError, MappingSpec};
use sync_core::io::SystemClock;
use sync_core::ports::Clock;

use super::check::{Check, Part};
use super::{accounts, deployed, directory, mapping};
use crate::direct::{Direct, FORM};
use crate::tables::sentence;

/// Looks at what can be looked at without a stack.
pub(super) async fn examine(direct: &Direct) -> Vec<Part> {
    let flow = match direct.services().await {
        Ok(flow) => flow,
        Err(error) => {
            let cure = format!("{FORM}. Neither Entra ID nor ZenQMS could be asked.");
            return vec![settings(vec![Check::bad(deployed::SETTINGS, sentence(&format!("{error:#}")), cure)])];
        }
    };
    let expires = flow.vault.expires().await.map_err(|failure| failure.to_string());
    let told = vec![deployed::usable_settings(&flow), deployed::credentials(&expires, SystemClock.now())];
    let spec = direct.spec(&direct.mapping, flow.graph.lens());
    std::iter::once(settings(told)).chain(both_services(&flow, &spec).await).collect()
}

async fn both_services(flow: &Flow, spec: &Result<MappingSpec, MappingError>) -> Vec<Part> {
    let groups: Option<Vec<GroupId>> = spec.as_ref().ok().map(|spec| spec.groups().collect());
    let mapped = groups.as_ref().is_some_and(|groups| !groups.is_empty());
    let entra = directory::checks(&flow.graph, &flow.ids, groups.as_deref(), flow.nesting).await;
    let mut parts = vec![Part { of: "Entra ID", checks: entra }];
    parts.extend(accounts::parts(&flow.zenqms, mapped).await);
    let told: Vec<Check> = parts.iter().flat_map(|part| &part.checks).cloned().collect();
    let fits = mapping::fits((&flow.graph, &flow.zenqms, &flow.ids), spec, flow.nesting, &told).await;
    parts.push(Part { of: "What is mapped", checks: fits.into_iter().collect() });
    parts.retain(|part| !part.checks.is_empty());
    parts
}

fn settings(checks: Vec<Check>) -> Part {
    Part { of: "Settings", checks }
}
