//! A company's day: people come, go, marry, rise and change teams.

mod happening;
mod pick;
mod staff;

use std::fmt;

use crate::change::WorldEditor;

use super::texts::Texts;

pub use happening::Happening;

/// What can happen, and how often in a thousand times.
const KINDS: [(Kind, u32); 14] = [
    (Kind::Hire, 110),
    (Kind::ChangeTitle, 190),
    (Kind::ChangeName, 60),
    (Kind::Disable, 60),
    (Kind::Enable, 50),
    (Kind::Delete, 60),
    (Kind::Restore, 30),
    (Kind::Purge, 20),
    (Kind::Join, 200),
    (Kind::Leave, 140),
    (Kind::Nest, 10),
    (Kind::Unnest, 10),
    (Kind::ClearTitle, 25),
    (Kind::SetTitle, 35),
];
/// So often another kind is tried where one is not possible; somebody can be hired always.
const TRIES: usize = 100;

/// Makes changes in a directory as administrators do, one at a time. The same seed makes the same changes in the same
/// world. It deletes no groups.
pub struct Churn {
    rng: fastrand::Rng,
    texts: Texts,
}

#[derive(Clone, Copy)]
enum Kind {
    Hire,
    ChangeTitle,
    ChangeName,
    Disable,
    Enable,
    Delete,
    Restore,
    Purge,
    Join,
    Leave,
    Nest,
    Unnest,
    ClearTitle,
    SetTitle,
}

impl Churn {
    /// Changes decided by this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), texts: Texts::new() }
    }

    /// Makes one change.
    pub fn step(&mut self, editor: &mut WorldEditor<'_>) -> Happening {
        for _ in 0..TRIES {
            let kind = self.draw();
            if let Some(happening) = self.attempt(kind, editor) {
                return happening;
            }
        }
        self.hire(editor)
    }

    fn draw(&mut self) -> Kind {
        let all: u32 = KINDS.iter().map(|(_, weight)| weight).sum();
        let mut left = self.rng.u32(..all);
        for (kind, weight) in KINDS {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return kind,
            }
        }
        Kind::Hire
    }

    /// Does what was drawn, where it can be done.
    fn attempt(&mut self, kind: Kind, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        match kind {
            Kind::Hire => Some(self.hire(editor)),
            Kind::ChangeTitle => self.change_title(editor),
            Kind::ChangeName => self.change_name(editor),
            Kind::Disable => self.set_enabled(editor, false),
            Kind::Enable => self.set_enabled(editor, true),
            Kind::Delete => self.delete(editor),
            Kind::Restore => self.restore(editor),
            Kind::Purge => self.purge(editor),
            Kind::Join => self.join(editor),
            Kind::Leave => self.leave(editor),
            Kind::Nest => self.nest(editor),
            Kind::Unnest => self.unnest(editor),
            Kind::ClearTitle => self.clear_title(editor),
            Kind::SetTitle => self.set_title(editor),
        }
    }
}

impl fmt::Debug for Churn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Churn").field("rng", &self.rng).finish_non_exhaustive()
    }
}
