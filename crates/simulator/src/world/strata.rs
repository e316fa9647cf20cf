use super::Account;

/// How many slots of the list one layer counts.
const LAYER: usize = 1_024;

/// Counts accounts by state, layer by layer of the list, so that the n-th page of a filtered search is found without
/// reading all pages before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Strata {
    layers: Vec<[u32; 4]>,
}

/// The states that a search can filter by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountsFilter {
    pub(crate) is_active: Option<bool>,
    pub(crate) has_external_id: Option<bool>,
}

impl AccountsFilter {
    pub(crate) fn matches(self, account: &Account) -> bool {
        self.is_active.is_none_or(|wanted| wanted == account.is_active)
            && self.has_external_id.is_none_or(|wanted| wanted == account.external_id.is_some())
    }

    fn counts(self, layer: &[u32; 4]) -> usize {
        let states = [(false, false), (false, true), (true, false), (true, true)];
        let matching = states.iter().zip(layer).filter(|&(&(active, linked), _)| {
            self.is_active.is_none_or(|wanted| wanted == active)
                && self.has_external_id.is_none_or(|wanted| wanted == linked)
        });
        matching.map(|(_, &count)| usize::try_from(count).unwrap_or(usize::MAX)).sum()
    }
}

impl Strata {
    pub(super) fn add(&mut self, slot: usize, account: &Account) {
        if let Some(count) = self.count(slot, account) {
            *count += 1;
        }
    }

    pub(super) fn take(&mut self, slot: usize, account: &Account) {
        if let Some(count) = self.count(slot, account) {
            *count = count.saturating_sub(1);
        }
    }

    pub(super) fn total(&self, filter: AccountsFilter) -> usize {
        self.layers.iter().map(|layer| filter.counts(layer)).sum()
    }

    /// The first slot of the layer in which the match number `skip` (from 0) lies, and how many matches of this layer
    /// stand before it.
    pub(super) fn layer_of(&self, filter: AccountsFilter, mut skip: usize) -> (usize, usize) {
        for (n, layer) in self.layers.iter().enumerate() {
            let here = filter.counts(layer);
            if skip < here {
                return (n * LAYER, skip);
            }
            skip -= here;
        }
        (self.layers.len() * LAYER, 0)
    }

    fn count(&mut self, slot: usize, account: &Account) -> Option<&mut u32> {
        let layer = slot / LAYER;
        if self.layers.len() <= layer {
            self.layers.resize(layer + 1, [0; 4]);
        }
        let state = usize::from(account.is_active) * 2 + usize::from(account.external_id.is_some());
        self.layers.get_mut(layer)?.get_mut(state)
    }
}
