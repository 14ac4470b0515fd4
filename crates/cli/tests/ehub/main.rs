//! The binary as a shell meets it: arguments in, streams and a status out.

mod assess;
mod audit;
mod bad_input;
mod completions;
mod config;
mod demo;
mod documents;
mod ghl;
mod help;
mod leads;
mod legacy;
mod market;
mod people;
mod postgres;
mod project;
mod propose;
mod ravenstack;
mod shell;
mod story;
mod wire;
