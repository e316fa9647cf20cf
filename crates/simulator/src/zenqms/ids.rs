use serde_json::Value;

use crate::behaviour::IdForm;

/// An id as it is written in JSON.
pub(super) fn write(number: u64, form: IdForm, prefix: &str) -> Value {
    match form {
        IdForm::Number => number.into(),
        IdForm::Text => number.to_string().into(),
        IdForm::Prefixed => format!("{prefix}_{number}").into(),
    }
}

/// An id that came in JSON; `None` unless it has the form in which ids are written.
pub(super) fn read(value: &Value, form: IdForm, prefix: &str) -> Option<u64> {
    match (form, value) {
        (IdForm::Number, Value::Number(number)) => number.as_u64(),
        (IdForm::Text | IdForm::Prefixed, Value::String(text)) => read_text(text, form, prefix),
        _ => None,
    }
}

/// An id that came in a path.
pub(super) fn read_text(text: &str, form: IdForm, prefix: &str) -> Option<u64> {
    let digits = match form {
        IdForm::Number | IdForm::Text => text,
        IdForm::Prefixed => text.strip_prefix(prefix)?.strip_prefix('_')?,
    };
    digits.parse().ok()
}
