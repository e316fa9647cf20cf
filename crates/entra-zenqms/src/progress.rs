//! Showing how far a run is: bars on a terminal, nothing where output is piped.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use initial_sync::{Event, Observer, Stage};

/// A bar for each stage of a run; passes on to `inner` what it hears.
pub(crate) struct Bars<'a, O> {
    inner: &'a O,
    bar: Mutex<Option<(Stage, ProgressBar)>>,
    expected_users: Option<u64>,
}

impl<'a, O> Bars<'a, O> {
    pub(crate) const fn new(inner: &'a O, expected_users: Option<u64>) -> Self {
        Self { inner, bar: Mutex::new(None), expected_users }
    }

    fn enter(&self, stage: Stage, expected: Option<u64>) {
        let Ok(mut bar) = self.bar.lock() else { return };
        if let Some((_, done)) = bar.take() {
            done.finish();
        }
        let expected = if stage == Stage::Users { self.expected_users } else { expected };
        let (name, what) = match stage {
            Stage::Accounts => ("reading ZenQMS", "accounts"),
            Stage::Members => ("reading groups", "groups"),
            Stage::Users => ("listing Entra ID", "people"),
            Stage::Claims => ("matching, creating", "people"),
            Stage::Absentees => ("asking after", "people"),
        };
        let new = ProgressBar::new(expected.unwrap_or_default());
        let template = match expected {
            Some(_) => format!("  {name:<19} [{{bar:30}}] {{pos:>7}} / {{len}} {what}, {{eta}} left"),
            None => format!("  {name:<19} {{pos}} {what}"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            new.set_style(style.progress_chars("=> "));
        }
        *bar = Some((stage, new));
    }

    /// Moves the bar on, if it is this stage's.
    fn advance(&self, stage: Stage, by: u64) {
        if let Ok(bar) = self.bar.lock()
            && let Some((current, bar)) = bar.as_ref()
            && *current == stage
        {
            bar.inc(by);
        }
    }

    /// Ends the last bar.
    pub(crate) fn finish(&self) {
        if let Some((_, bar)) = self.bar.lock().ok().and_then(|mut bar| bar.take()) {
            bar.finish();
        }
    }
}

impl<O: Observer> Observer for Bars<'_, O> {
    fn on(&self, event: &Event<'_>) {
        match event {
            Event::Entered { stage, expected } => self.enter(*stage, *expected),
            Event::Advanced { stage, by } => self.advance(*stage, *by),
            Event::Settled(_) => self.advance(Stage::Claims, 1),
            _ => {}
        }
        self.inner.on(event);
    }
}
