//! The hub as browsers and programs meet it.

mod access;
mod account;
mod api;
mod conventions;
mod export;
mod growth;
mod growth_api;
mod hardening;
mod headers;
mod live;
mod observe;
mod people;
mod problems;
mod sign_in;
mod views;
