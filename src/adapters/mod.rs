//! Three ways into the same cloud: they translate, call, and translate back.
//!
//! May import: everything. Read `embedded.rs` first, it is the shortest.

#[cfg(feature = "client")]
pub mod embedded;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "wiremock")]
pub mod wiremock;
