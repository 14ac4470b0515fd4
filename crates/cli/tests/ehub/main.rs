//! The binary as a shell meets it: arguments in, streams and a status out.

mod assess;
mod bad_input;
mod config;
mod legacy;
mod shell;
