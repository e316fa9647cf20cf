use std::io::{self, Write};

use jiff::Timestamp;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::Stored;
use sync_core::io::SystemClock;
use sync_core::ports::Clock;

use crate::web::{HEAD, STYLE, Text};

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

impl<W: Write> Page<W> {
    pub(crate) fn begin(title: &Title<'_>, mut out: W) -> io::Result<Self> {
        let now: Timestamp = SystemClock.now();
        let (stack, by) = (Text(title.stack), Text(title.by));
        write!(out, "{HEAD}<title>What was written to ZenQMS</title>\n{STYLE}")?;
        write!(out, "<h1>What was written to ZenQMS</h1>\n<p>Stack {stack}, ")?;
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
        // No value can pretend to be it: what is a text stays a text.
        let substitute = if change.substitute { " <em>substitute: Entra ID lacks it</em>" } else { "" };
        let not = if change.result.starts_with("done") { "" } else { r#" class="not""# };
        let approved = match (&change.approved_by, &change.approved_because) {
            (Some(by), Some(because)) => format!("; approved by {by}: {because}"),
            _ => String::new(),
        };
        let why = change.why.map(|why| format!(", {}", why.name())).unwrap_or_default();
        let asked = change.asked_by.as_ref().map(|by| format!("; asked for by {by}")).unwrap_or_default();
        let deleted = if change.deleted { "; deleted in Entra ID" } else { "" };
        let outside = change.outside.map(|outside| format!("; outside the scope: {outside}")).unwrap_or_default();
        writeln!(
            self.out,
            "<tr><td>{}<td>{}<td>{}<td>{}{}{}<td>{}{}{}{}{}{}<td{not}>{}",
            change.at.strftime("%Y-%m-%d %H:%M:%S"),
            Text(&change.what),
            Text(&text(change.from.as_ref())),
            Text(&text(change.to.as_ref())),
            substitute,
            groups.concat(),
            Text(&change.by),
            why,
            Text(&asked),
            deleted,
            outside,
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
