use std::fmt;
use std::io::{self, Write};

use jiff::Timestamp;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::Stored;
use sync_core::io::SystemClock;
use sync_core::ports::Clock;

use super::change::Change;

/// What stands above the page.
pub(crate) struct Title<'a> {
    pub(crate) stack: &'a str,
    pub(crate) by: &'a str,
}

/// A page that stands alone: nothing is fetched, nothing runs, and it can be printed.
pub(crate) struct Page<W> {
    out: W,
    user: Option<DirectoryUserId>,
}

const BEFORE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>What was written to ZenQMS</title>
<style>
  body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
  h1 { font-size: 1.5rem } h2 { font-size: 1rem; margin: 2rem 0 .4rem; break-after: avoid }
  table { border-collapse: collapse; width: 100%; table-layout: fixed }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #d0d7de;
           overflow-wrap: anywhere }
  th { font-weight: 600; color: #57606a } tr { break-inside: avoid } thead { display: table-header-group }
  td.not { color: #9a2c1f; font-weight: 600 } p { color: #57606a } .id { font-family: ui-monospace, monospace }
  col.at { width: 11rem } col.why { width: 24% } col.result { width: 18% }
  @media print { body { margin: 0; font-size: 10px; max-width: none } @page { size: A4 landscape; margin: 12mm } }
</style>
"#;

impl<W: Write> Page<W> {
    pub(crate) fn begin(title: &Title<'_>, mut out: W) -> io::Result<Self> {
        let now: Timestamp = SystemClock.now();
        let (stack, by) = (Text(title.stack), Text(title.by));
        write!(out, "{BEFORE}<h1>What was written to ZenQMS</h1>\n<p>Stack {stack}, ")?;
        writeln!(
            out,
            "taken {} UTC by {by}. Times are UTC. Personal data: keep it as such.</p>",
            now.strftime("%Y-%m-%d %H:%M:%S")
        )?;
        Ok(Self { out, user: None })
    }

    pub(crate) fn changes(&mut self, changes: &[Change]) -> io::Result<()> {
        changes.iter().try_for_each(|change| self.change(change))
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        self.person(change.user)?;
        let text = |text: Option<&String>| text.cloned().unwrap_or_else(|| "–".to_owned());
        let groups: Vec<_> = change.groups.iter().map(|group| format!(" through group {group}")).collect();
        let not = if change.result.starts_with("done") { "" } else { r#" class="not""# };
        let approved = match (&change.approved_by, &change.approved_because) {
            (Some(by), Some(because)) => format!("; approved by {by}: {because}"),
            _ => String::new(),
        };
        let why = change.why.map(|why| format!(", {}", why.name())).unwrap_or_default();
        let deleted = if change.deleted { "; deleted in Entra ID" } else { "" };
        writeln!(
            self.out,
            "<tr><td>{}<td>{}<td>{}<td>{}{}<td>{}{}{}{}<td{not}>{}",
            change.at.strftime("%Y-%m-%d %H:%M:%S"),
            Text(&change.what),
            Text(&text(change.from.as_ref())),
            Text(&text(change.to.as_ref())),
            groups.concat(),
            Text(&change.by),
            why,
            deleted,
            Text(&approved),
            Text(&change.result),
        )
    }

    pub(crate) fn unreadable(&mut self, stored: &Stored) -> io::Result<()> {
        self.person(stored.user)?;
        writeln!(self.out, r#"<tr><td>–<td colspan="4">record {}<td class="not">cannot be read"#, stored.number)
    }

    fn person(&mut self, user: DirectoryUserId) -> io::Result<()> {
        if self.user == Some(user) {
            return Ok(());
        }
        self.close()?;
        self.user = Some(user);
        writeln!(
            self.out,
            r#"<h2>Directory user <span class="id">{user}</span></h2>
<table><colgroup><col class="at"><col><col><col><col class="why"><col class="result"></colgroup>
<thead><tr><th>when<th>what<th>was<th>became<th>by<th>result</thead><tbody>"#
        )
    }

    fn close(&mut self) -> io::Result<()> {
        if self.user.is_some() { writeln!(self.out, "</tbody></table>") } else { Ok(()) }
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.close()?;
        if self.user.is_none() {
            writeln!(self.out, "<p>Nothing was written yet.</p>")?;
        }
        writeln!(self.out, "</html>")
    }
}

/// A text that means nothing but itself in HTML.
struct Text<'a>(&'a str);

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
