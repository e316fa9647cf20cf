use anstyle::Style;

use super::check::{Check, Part, Verdict};
use crate::tables::{BAD, GOOD, HEADING, WARN, wrapped};

/// The checks as a page: a line or a few for each, and what is to be done below it.
pub(super) fn text(parts: &[Part]) -> String {
    let parts = parts.iter().map(|Part { of, checks }| {
        let lines = checks.iter().map(lines);
        let heading = format!("{HEADING}{of}{HEADING:#}");
        std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n")
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

fn lines(Check { name, verdict, sentence, cure }: &Check) -> String {
    let style = style(*verdict);
    let said = hanging(&format!("{name}: {sentence}"), "        ");
    let done = cure.iter().map(|cure| format!("\n        -> {}", hanging(cure, "           ")));
    format!("  {style}{:<4}{style:#}  {said}{}", verdict.as_str(), done.collect::<String>())
}

/// A text that goes on below itself.
fn hanging(text: &str, indentation: &str) -> String {
    wrapped(text, indentation).trim_start().to_owned()
}

const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Ok => GOOD,
        Verdict::Warn => WARN,
        Verdict::Bad => BAD,
    }
}
