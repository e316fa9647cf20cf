use bytes::Bytes;
use http::Response;

/// What becomes of a call.
#[derive(Debug)]
pub enum Reply {
    /// It is answered.
    Answer(Response<Bytes>),
    /// The connection ends without an answer; what was asked may have been carried out.
    Cut,
    /// No connection came about.
    Refused,
}
