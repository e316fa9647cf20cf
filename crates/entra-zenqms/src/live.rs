//! `live`: a page to play with.

use crate::cli::LiveOptions;

pub(crate) async fn run(_options: LiveOptions) -> anyhow::Result<()> {
    Ok(())
}
