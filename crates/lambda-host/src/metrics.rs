use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all metrics.
const NAMESPACE: &str = "EntraZenqms";
/// A metric of one document has no more values (CloudWatch docs: embedded metric format specification).
const MOST_VALUES: usize = 100;

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Anything else.
    None,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::None => "None",
        }
    }
}

/// A dimension beside the stack's name, and its value.
type Dimension = Option<(&'static str, String)>;

/// What an invocation counts. It is written to the log in CloudWatch's embedded metric format, of which CloudWatch makes
/// metrics by itself: no call, nothing to wait for.
pub struct Metrics {
    stack: String,
    watched: Mutex<Vec<Watched>>,
    counted: Mutex<BTreeMap<Dimension, BTreeMap<&'static str, Series>>>,
}

/// Something that counts by itself, and is asked each time for what came since.
struct Watched {
    dimension: (&'static str, &'static str),
    name: &'static str,
    take: Box<dyn Fn() -> u64 + Send + Sync>,
}

#[derive(Debug)]
struct Series {
    unit: Unit,
    values: Vec<f64>,
}

impl Metrics {
    /// For this stack.
    #[must_use]
    pub const fn new(stack: String) -> Self {
        Self { stack, watched: Mutex::new(Vec::new()), counted: Mutex::new(BTreeMap::new()) }
    }

    /// Counts.
    #[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^52 in one invocation")]
    pub fn count(&self, name: &'static str, by: u64) {
        self.add(None, name, by as f64);
    }

    /// Counts one kind.
    #[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^52 in one invocation")]
    pub fn count_kind(&self, name: &'static str, dimension: &'static str, kind: impl Into<String>, by: u64) {
        self.add(Some((dimension, kind.into())), name, by as f64);
    }

    /// Counts what `take` answers, each time that the log is written.
    pub fn watch(
        &self,
        name: &'static str,
        dimension: (&'static str, &'static str),
        take: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let watched = Watched { dimension, name, take: Box::new(take) };
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(watched);
    }

    fn add(&self, dimension: Dimension, name: &'static str, by: f64) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let series = counted
            .entry(dimension)
            .or_default()
            .entry(name)
            .or_insert(Series { unit: Unit::Count, values: vec![0.0] });
        if let Some(sum) = series.values.first_mut() {
            *sum += by;
        }
    }

    /// Takes a measurement; each is kept, so that CloudWatch can tell percentiles.
    pub fn measure(&self, name: &'static str, unit: Unit, value: f64) {
        self.measure_kind(None, name, unit, value);
    }

    /// Takes a measurement of one kind.
    pub fn measure_kind(&self, kind: Option<(&'static str, &str)>, name: &'static str, unit: Unit, value: f64) {
        let dimension = kind.map(|(dimension, kind)| (dimension, kind.to_owned()));
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let series = counted.entry(dimension).or_default().entry(name).or_insert(Series { unit, values: Vec::new() });
        series.values.push(value);
    }

    /// Writes what was counted to the log, and begins anew.
    pub fn flush(&self, now: Timestamp) {
        for Watched { dimension: (dimension, kind), name, take } in
            self.watched.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            let count = take();
            if count > 0 {
                self.count_kind(name, dimension, *kind, count);
            }
        }
        let documents = self.documents(now);
        let mut out = std::io::stdout().lock();
        for document in documents {
            // A log that cannot be written to cannot be told so either.
            let _ = writeln!(out, "{document}");
        }
    }

    /// What [`Self::flush`] writes: one document for each dimension, or several where there are many values.
    fn documents(&self, now: Timestamp) -> Vec<Value> {
        let counted = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        let mut documents = Vec::new();
        for (dimension, mut series) in counted {
            while !series.is_empty() {
                documents.push(self.document(dimension.as_ref(), &mut series, now));
                series.retain(|_, series| !series.values.is_empty());
            }
        }
        documents
    }

    fn document(
        &self,
        dimension: Option<&(&'static str, String)>,
        series: &mut BTreeMap<&'static str, Series>,
        now: Timestamp,
    ) -> Value {
        let mut document = Map::new();
        let mut dimensions = vec!["Stack"];
        document.insert("Stack".to_owned(), self.stack.clone().into());
        if let Some((name, kind)) = dimension {
            dimensions.push(name);
            document.insert((*name).to_owned(), kind.clone().into());
        }
        let definitions: Vec<Value> =
            series.iter().map(|(name, series)| json!({"Name": name, "Unit": series.unit.name()})).collect();
        for (name, series) in series {
            let rest = series.values.split_off(series.values.len().min(MOST_VALUES));
            let values = std::mem::replace(&mut series.values, rest);
            let value = match values.as_slice() {
                [one] => json!(one),
                many => json!(many),
            };
            document.insert((*name).to_owned(), value);
        }
        let about = json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": definitions}],
        });
        document.insert("_aws".to_owned(), about);
        Value::Object(document)
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Metrics").field(&self.stack).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_what_cloudwatch_needs() {
        let metrics = Metrics::new("zenqms".to_owned());
        metrics.count_kind("ChangesWritten", "Outcome", "created", 2);
        metrics.count_kind("ChangesWritten", "Outcome", "created", 1);
        metrics.measure("ChangeDelay", Unit::Milliseconds, 120.0);
        metrics.measure("ChangeDelay", Unit::Milliseconds, 80.0);
        let now = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let documents = metrics.documents(now);
        assert_eq!(
            documents,
            [
                json!({
                    "Stack": "zenqms",
                    "ChangeDelay": [120.0, 80.0],
                    "_aws": {
                        "Timestamp": 1_700_000_000_000_i64,
                        "CloudWatchMetrics": [{
                            "Namespace": "EntraZenqms",
                            "Dimensions": [["Stack"]],
                            "Metrics": [{"Name": "ChangeDelay", "Unit": "Milliseconds"}],
                        }],
                    },
                }),
                json!({
                    "Stack": "zenqms",
                    "Outcome": "created",
                    "ChangesWritten": 3.0,
                    "_aws": {
                        "Timestamp": 1_700_000_000_000_i64,
                        "CloudWatchMetrics": [{
                            "Namespace": "EntraZenqms",
                            "Dimensions": [["Stack", "Outcome"]],
                            "Metrics": [{"Name": "ChangesWritten", "Unit": "Count"}],
                        }],
                    },
                }),
            ]
        );
        assert!(metrics.documents(now).is_empty(), "it begins anew");
    }

    #[test]
    fn many_values_make_several_documents() {
        let metrics = Metrics::new("zenqms".to_owned());
        (0..250).for_each(|n| metrics.measure("ChangeDelay", Unit::Milliseconds, f64::from(n)));
        let documents = metrics.documents(Timestamp::UNIX_EPOCH);
        let sizes: Vec<_> =
            documents.iter().map(|document| document["ChangeDelay"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [100, 100, 50]);
    }
}
