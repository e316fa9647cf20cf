//! Pages for a browser or for paper: nothing is fetched, nothing runs.

use std::fmt;

/// What every page begins with, up to its title and after it.
pub(crate) const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
"#;

/// How every page looks.
pub(crate) const STYLE: &str = r"<style>
  body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
  h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2.4rem 0 .4rem; break-after: avoid }
  h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; break-after: avoid }
  table { border-collapse: collapse; width: 100%; table-layout: fixed }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #d0d7de;
           overflow-wrap: anywhere }
  th { font-weight: 600; color: #57606a } tr { break-inside: avoid } thead { display: table-header-group }
  td.not { color: #9a2c1f; font-weight: 600 } p { color: #57606a } .id { font-family: ui-monospace, monospace }
  col.at { width: 11rem } col.why { width: 24% } col.result { width: 18% }
  @media print { body { margin: 0; font-size: 10px; max-width: none } @page { size: A4 landscape; margin: 12mm } }
</style>
";

/// A text that means nothing but itself in HTML.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c => write!(f, "{c}"),
        })
    }
}
