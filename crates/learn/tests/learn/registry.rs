//! Model files come back as they were or not at all; versions take legal steps only.

mod file;
mod lineup;
