//! What is printed, and how. The one place that writes to the terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use sync_core::run::{Counts, RunReport};

use crate::floor::Calls;

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const RULED_HEADER: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// Nothing is wider, so that it can be pasted into a ticket.
const WIDTH: u16 = 80;

fn print(text: std::fmt::Arguments<'_>) {
    // Whoever closed the pipe does not want to read on, and that is no error.
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// A line.
pub(crate) fn line(text: &str) {
    print(format_args!("{text}"));
}

/// A heading.
pub(crate) fn heading(text: &str) {
    print(format_args!("\n{HEADING}{text}{HEADING:#}"));
}

/// Good news.
pub(crate) fn good(text: &str) {
    print(format_args!("{GOOD}{text}{GOOD:#}"));
}

/// An error with its causes, on standard error.
pub(crate) fn error(error: &anyhow::Error) {
    let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {error:#}");
}

/// A table of texts and numbers.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    let mut table = Table::new();
    table
        .load_style(RULED_HEADER)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    for row in rows {
        table.add_row(row.iter().enumerate().map(|(n, text)| {
            let alignment = if n == 0 { CellAlignment::Left } else { CellAlignment::Right };
            Cell::new(text).set_alignment(alignment)
        }));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    print(format_args!("{table}"));
}

/// What came of a run, or would come of it.
pub(crate) fn counts(counts: &Counts, would: bool) {
    let Counts { seen, created, linked, updated, deactivated, unchanged, skipped, failed, roles_added, roles_removed } =
        *counts;
    let row = |name: &str, number: u64| vec![name.to_owned(), thousands(number)];
    table(
        &[if would { "would be" } else { "were" }, "people"],
        &[
            row("created", created),
            row("linked", linked),
            row("updated", updated),
            row("deactivated", deactivated),
            row("unchanged", unchanged),
            row("skipped", skipped),
            row("failed", failed),
            row("all", seen),
            row("roles given", roles_added),
            row("roles taken", roles_removed),
        ],
    );
}

/// Why people were skipped, and why writes failed.
pub(crate) fn reasons(report: &RunReport) {
    let rows: Vec<Vec<String>> = report
        .skipped_by_reason
        .iter()
        .map(|(reason, number)| vec![format!("skipped: {reason}"), thousands(*number)])
        .chain(
            report
                .failed_by_reason
                .iter()
                .map(|(reason, number)| vec![format!("failed: {reason}"), thousands(*number)]),
        )
        .collect();
    if !rows.is_empty() {
        line("");
        table(&["why not", "people"], &rows);
    }
    for group in &report.groups_unread {
        line(&format!("group {group} could not be read whole; nobody lost a role for it"));
    }
    if let Some(because) = &report.halted_because {
        print(format_args!("{BAD}halted:{BAD:#} {because}"));
    }
}

/// Calls made, beside the fewest possible.
pub(crate) fn calls(made: &Calls, floor: &Calls) {
    line("");
    let row = |name: &str, made: u64, floor: u64| vec![name.to_owned(), thousands(made), thousands(floor)];
    table(
        &["calls", "made", "floor"],
        &[
            row("Graph: pages of users (999)", made.users, floor.users),
            row("Graph: pages of group members (999)", made.members, floor.members),
            row("Graph: asking after single people", made.batches, floor.batches),
            row("ZenQMS: pages of accounts (100)", made.accounts, floor.accounts),
            row("ZenQMS: searches for one account", made.searches, floor.searches),
            row("ZenQMS: accounts created, changed", made.profiles, floor.profiles),
            row("ZenQMS: roles given, taken", made.roles, floor.roles),
            row("all", made.all(), floor.all()),
        ],
    );
}

/// A number with a comma at every thousand.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
