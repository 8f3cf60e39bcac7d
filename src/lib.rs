//! paultrap
pub mod circuit;
pub mod gates;
