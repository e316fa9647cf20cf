/// The options of a read.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) select: Option<Vec<String>>,
    pub(super) top: Option<usize>,
    /// A `$top` that is no number.
    pub(super) bad_top: Option<String>,
    pub(super) count: bool,
    pub(super) skip_token: Option<String>,
    pub(super) delta_token: Option<String>,
    pub(super) filter: Option<String>,
    /// Options that this simulation does not know; Graph would answer 400 to misspelt ones.
    pub(super) unknown: Vec<String>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match name.as_ref() {
                "$select" => query.select = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
                "$top" => match value.parse() {
                    Ok(top) => query.top = Some(top),
                    Err(_) => query.bad_top = Some(value.into_owned()),
                },
                "$count" => query.count = value == "true",
                "$skiptoken" => query.skip_token = Some(value.into_owned()),
                "$deltatoken" => query.delta_token = Some(value.into_owned()),
                "$filter" => query.filter = Some(value.into_owned()),
                _ => query.unknown.push(name.into_owned()),
            }
        }
        query
    }
}
