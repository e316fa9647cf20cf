//! What is printed, and how. The one place that writes to the terminal.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use sync_core::run::{Counts, RunReport};
use uuid::Uuid;

use crate::floor::Calls;
use crate::watch::{Change, End, Kind};

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const RULED_HEADER: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// Nothing is wider, so that it can be pasted into a ticket.
const WIDTH: u16 = 80;
/// As long as an id of Entra ID.
const ID: usize = 36;

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

/// What somebody ought to know, on standard error.
pub(crate) fn warning(text: &str) {
    let _ = writeln!(anstream::stderr(), "{WARN}warning:{WARN:#} {text}");
}

/// A table of texts and numbers.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    print(format_args!("{}", drawn(header, rows)));
}

/// A value as one JSON document.
pub(crate) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A part of a page: a table below a heading, and sentences below the table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// Above all.
    pub(crate) heading: String,
    /// The names of the columns.
    pub(crate) header: Vec<&'static str>,
    /// The table.
    pub(crate) rows: Vec<Vec<String>>,
    /// The sentences; each is a paragraph of its own.
    pub(crate) notes: Vec<String>,
}

/// Parts of a page, one below the other.
pub(crate) fn sections(sections: &[Section]) {
    line(&text(sections));
}

/// The same as text.
pub(crate) fn text(sections: &[Section]) -> String {
    let part = |Section { heading, header, rows, notes }: &Section| {
        let mut lines = vec![format!("{HEADING}{heading}{HEADING:#}")];
        if !rows.is_empty() {
            // Without the spaces at the ends of lines.
            lines.push(drawn(header, rows).trim_fmt());
        }
        lines.extend(notes.iter().map(|note| wrapped(note, "")));
        lines.join("\n")
    };
    sections.iter().map(part).collect::<Vec<_>>().join("\n\n")
}

/// What waits for whoever reads it.
pub(crate) fn bad(text: &str) {
    print(format_args!("{BAD}!{BAD:#} {}", wrapped(text, "  ").trim_start()));
}

/// A text as a sentence: with a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A text that does nothing to a terminal, and does not turn the rest of its line around: what comes from a service may hold
/// anything.
pub(crate) fn plain(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), " ")
}

/// A text with line breaks, each line after this indentation. A word that is longer than a line stands alone.
pub(crate) fn wrapped(text: &str, indentation: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= usize::from(WIDTH) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indentation}{word}")),
        }
    }
    lines.join("\n")
}

fn drawn(header: &[&str], rows: &[Vec<String>]) -> Table {
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
    // An id in two pieces cannot be copied.
    let are_ids = rows.iter().filter_map(|row| row.first()).all(|text| text.chars().count() <= ID);
    if let Some(first) = table.column_mut(0).filter(|_| are_ids) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
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
    if report.held > 0 {
        let people = counted(report.held, "person", "people");
        line(&format!("{people} would lose something, which is kept back until it is approved"));
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
            row("Graph: batches (20 items)", made.batches, floor.batches),
            row("ZenQMS: pages of accounts (100)", made.accounts, floor.accounts),
            row("ZenQMS: searches for one account", made.searches, floor.searches),
            row("ZenQMS: accounts created, changed", made.profiles, floor.profiles),
            row("ZenQMS: roles given, taken", made.roles, floor.roles),
            row("all", made.all(), floor.all()),
        ],
    );
}

/// A change and what became of it, on one line.
pub(crate) fn change(change: &Change) {
    let Some(End { kind, how, what, seconds }) = &change.end else { return };
    let text = shortened(change.text.trim_end_matches('.'));
    let delay = if how.is_some() && !change.is_unasked() { format!("{seconds:.1} s") } else { String::new() };
    let (style, why_not) = match kind {
        Kind::Written => (Style::new(), ""),
        Kind::Skipped => (DIM, "not written: "),
        Kind::Nothing => (DIM, "nothing to write: "),
    };
    let how = how.unwrap_or_default();
    print(format_args!("{delay:>7}  {how:<12}  {style}{text}: {why_not}{}{style:#}", shortened(what)));
}

/// A text in which of every GUID only the first part is left, so that a line stays a line.
fn shortened(text: &str) -> String {
    let first_part = |word: &str| match Uuid::try_parse(word) {
        Ok(_) => word.chars().take(8).collect(),
        Err(_) => word.to_owned(),
    };
    let is_of_word = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut short = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_word) {
        let (before, after) = rest.split_at(begin);
        let (word, after) = after.split_at(after.find(|c| !is_of_word(c)).unwrap_or(after.len()));
        short.push_str(before);
        short.push_str(&first_part(word));
        rest = after;
    }
    short + rest
}

/// So many of something.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
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
    use super::{drawn, shortened, thousands, wrapped};

    #[test]
    fn lines_end_where_a_ticket_does() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
        let lines = wrapped(text, "    ");
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.lines().all(|line| line.starts_with("    ") && line.len() <= 80), "{lines}");
        let long = "x".repeat(90);
        assert_eq!(wrapped(&format!("a {long} b"), ""), format!("a\n{long}\nb"));
    }

    #[test]
    fn a_table_is_no_wider_than_a_ticket() {
        let table = drawn(&["a", "b"], &[vec!["x".repeat(50), "y ".repeat(60)]]).to_string();
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }

    #[test]
    fn an_id_stays_in_one_piece() {
        let id = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
        let table = drawn(&["a", "b", "c"], &[vec![id.to_owned(), "y".repeat(60), "z ".repeat(60)]]).to_string();
        assert!(table.contains(id) && table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }

    #[test]
    fn of_a_guid_the_first_part_is_left() {
        let text = "Person 6f9619ff-8b86-d011-b42d-00cf4fc964ff has a feed-back title.";
        assert_eq!(shortened(text), "Person 6f9619ff has a feed-back title.");
        assert_eq!(shortened("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), "6f9619ff");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
