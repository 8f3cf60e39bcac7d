//! paultrap
pub mod api;
pub mod circuit;
pub mod device;
pub mod gates;
pub mod outcome;
