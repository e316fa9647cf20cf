use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use serde::Serialize;
use sync_core::domain::Mapping;

use crate::cli::{MappingExportOptions, MappingFormat};
use crate::new_file::NewFile;
use crate::source::Source;
use crate::spreadsheet::{self, harmless};
use crate::tables;

/// How much was exported, as one JSON document.
#[derive(Serialize)]
pub(super) struct Exported {
    pub(super) groups: u64,
    pub(super) roles: u64,
}

pub(super) async fn run(options: MappingExportOptions) -> anyhow::Result<ExitCode> {
    let MappingExportOptions { format, output, source: options } = options;
    ensure!(
        !options.json || output.is_some() || format == MappingFormat::Json,
        "--json and --format csv cannot both be written to standard output: give --output, or leave one of them out"
    );
    let mapping = Source::find(&options).await?.mapping().await?;
    let text = written(&mapping, format)?;
    let Some(path) = output else {
        // Nothing else, so that it can be piped.
        tables::line(text.trim_end());
        return Ok(ExitCode::SUCCESS);
    };
    let (new_file, mut file) = NewFile::begin(&path)?;
    file.write_all(text.as_bytes()).with_context(|| path.display().to_string())?;
    drop(file);
    new_file.finish()?;
    let (groups, roles) = (mapping.mapped_groups().count() as u64, mapping.roles().count() as u64);
    if options.json {
        tables::json(&Exported { groups, roles })?;
    } else {
        let (groups, roles) = (tables::counted(groups, "group", "groups"), tables::counted(roles, "role", "roles"));
        tables::good(&format!("{groups} with {roles} in {}.", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn written(mapping: &Mapping, format: MappingFormat) -> anyhow::Result<String> {
    match format {
        MappingFormat::Json => json(mapping),
        MappingFormat::Csv => csv(mapping),
    }
}

/// A line for each group, which is short enough for the template's parameter and can be compared line by line.
fn json(mapping: &Mapping) -> anyhow::Result<String> {
    let line = |group| {
        let roles: Vec<String> = mapping.roles_of(group).map(ToString::to_string).collect();
        Ok(format!("\n  \"{group}\": {}", serde_json::to_string(&roles)?))
    };
    let lines: Vec<String> = mapping.mapped_groups().map(line).collect::<anyhow::Result<_>>()?;
    Ok(if lines.is_empty() { "{}\n".to_owned() } else { format!("{{{}\n}}\n", lines.join(",")) })
}

fn csv(mapping: &Mapping) -> anyhow::Result<String> {
    let mut writer = spreadsheet::writer(Vec::new())?;
    writer.write_record(["group", "role", "role name", "default"])?;
    for group in mapping.mapped_groups() {
        for role in mapping.roles_of(group).filter_map(|role| mapping.role(role)) {
            let (id, name) = (harmless(&role.id.to_string()), harmless(&role.name));
            writer.write_record([group.to_string(), id, name, role.is_default.to_string()])?;
        }
    }
    let table = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(table)?)
}
