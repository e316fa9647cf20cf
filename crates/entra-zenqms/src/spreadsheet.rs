//! Tables that are opened in a spreadsheet.

use std::io::Write;

/// Writes a table as CSV.
pub(crate) fn writer<W: Write>(out: W) -> csv::Writer<W> {
    // All in quotes: where a spreadsheet takes semicolons for the separator, none splits a cell.
    csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(out)
}

/// A text that a spreadsheet does not take for a formula (OWASP: CSV injection).
pub(crate) fn harmless(text: &str) -> String {
    let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula(text) || is_formula(text.trim_start()) { format!("'{text}") } else { text.to_owned() }
}
