//! Nothing but the tests in `it`.
