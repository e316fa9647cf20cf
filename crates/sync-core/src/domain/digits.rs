use std::fmt::Write;

/// Bytes as hexadecimal digits, two each, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A hash's first sixteen digits: a name for what was hashed, and no proof of it.
pub(crate) fn short_name(hash: &[u8]) -> String {
    let mut digits = hex(hash);
    digits.truncate(16);
    digits
}
