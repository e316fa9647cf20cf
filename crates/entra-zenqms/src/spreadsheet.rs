//! Tables that are opened in a spreadsheet.

use std::io::{self, Write};

/// Without it a spreadsheet takes the text for the machine's own code page, and names lose their accents.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes a table as CSV.
pub(crate) fn writer<W: Write>(mut out: W) -> io::Result<csv::Writer<W>> {
    out.write_all(BYTE_ORDER_MARK.as_bytes())?;
    // All in quotes: where a spreadsheet takes semicolons for the separator, none splits a cell.
    Ok(csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(out))
}

/// A text that a spreadsheet does not take for a formula (OWASP: CSV injection).
pub(crate) fn harmless(text: &str) -> String {
    let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula(text) || is_formula(text.trim_start()) { format!("'{text}") } else { text.to_owned() }
}
