//! Everything that talks to the outside: Microsoft Graph, ZenQMS, DynamoDB.

pub mod graph;
pub mod http;
