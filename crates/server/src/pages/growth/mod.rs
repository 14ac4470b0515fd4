//! The growth team's pages. One file per page; what they share is in [`frame`].

pub mod frame;

use crate::{Config, access::Routes};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, _config: &Config) -> Routes {
    routes
}
