use std::io::{self, Write};

use sync_core::domain::Personal;

use crate::source::Place;
use crate::stack::Whereabouts;
use crate::tables::thousands;
use crate::web::{HEAD, STYLE, Text};
use crate::when;

use super::finding::Finding;
use super::review::Line;
use super::{Asker, NO_RECORD, Totals, Written};

/// Writes the review as a page that stands alone.
pub(super) fn write(
    asker: &Asker<'_>,
    totals: &Totals,
    sheet: &Written,
    lines: &[Line],
    mut out: impl Write,
) -> io::Result<()> {
    let at = asker.at.strftime("%Y-%m-%d %H:%M:%S");
    write!(out, "{HEAD}<title>Access review</title>\n{STYLE}<h1>Access review</h1>\n")?;
    match asker.of {
        Place::Stack(Whereabouts { stack, acting_as, .. }) => {
            write!(out, "<p>Stack {}, read {at} UTC by {}.", Text(stack), Text(acting_as))?;
        }
        Place::Settings { settings } => {
            write!(out, "<p>Without a stack, by the settings in {}, read {at} UTC.", Text(settings))?;
        }
    }
    writeln!(out, " Times are UTC. Personal data: keep it as such.</p>")?;
    let Written { file, sha256 } = sheet;
    writeln!(out, r#"<p>The same as a table: {}, SHA-256 <span class="id">{sha256}</span></p>"#, Text(file))?;
    for sentence in totals.sentences() {
        writeln!(out, "<p>{sentence}</p>")?;
    }
    if asker.of.settings().is_some() {
        writeln!(out, "<p>{NO_RECORD}</p>")?;
    }
    writeln!(out, "<table><thead><tr><th>what<th>how many</thead><tbody>")?;
    for finding in asker.findings() {
        let number = lines.iter().filter(|line| line.finding == finding).count();
        let not = if finding.is_wrong() && number > 0 { r#" class="not""# } else { "" };
        writeln!(out, "<tr><td>{}<td{not}>{}", finding.heading(), thousands(number as u64))?;
    }
    writeln!(out, "</tbody></table>")?;
    for finding in Finding::ALL {
        let found: Vec<&Line> = lines.iter().filter(|line| line.finding == finding).collect();
        if !found.is_empty() {
            section(finding, &found, &mut out)?;
        }
    }
    writeln!(out, "</html>")
}

fn section(finding: Finding, lines: &[&Line], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<h2>{}</h2>\n<p>{}</p>", finding.heading(), finding.meaning())?;
    for lines in lines.chunk_by(|one, next| one.role == next.role) {
        if let Some((id, name)) = lines.first().and_then(|line| line.role.as_ref()) {
            let people = thousands(lines.len() as u64);
            let id = id.to_string();
            writeln!(out, r#"<h3><bdi>{}</bdi> <span class="id">{}</span>: {people}</h3>"#, Text(name), Text(&id))?;
        }
        writeln!(
            out,
            "<table><colgroup><col><col><col><col class=\"why\"><col class=\"why\"></colgroup>\n\
             <thead><tr><th>who<th>account<th>directory user<th>through<th>because</thead><tbody>"
        )?;
        lines.iter().try_for_each(|line| row(line, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    Ok(())
}

fn row(line: &Line, out: &mut impl Write) -> io::Result<()> {
    let personal = |text: Option<&Personal>| text.map_or("", Personal::expose).to_owned();
    let account = match &line.account {
        Some(account) => format!("{account}, {}", super::in_use(line.in_use)),
        None => "none".to_owned(),
    };
    let user = line.user.map(|user| user.to_string()).unwrap_or_default();
    let groups: Vec<_> = line.through.iter().map(ToString::to_string).collect();
    let since = line.since.map(|since| format!("since {}: ", when::at(since))).unwrap_or_default();
    let not = if line.finding.is_wrong() { r#" class="not""# } else { "" };
    writeln!(
        out,
        r#"<tr><td><bdi>{}</bdi><br><bdi>{}</bdi><td>{}<td class="id">{user}<td class="id">{}<td{not}>{since}{}"#,
        Text(&personal(line.name.as_ref())),
        Text(&personal(line.email.as_ref())),
        Text(&account),
        groups.join("<br>"),
        Text(line.because.as_deref().unwrap_or_default()),
    )
}
