//! The hub as browsers and programs meet it.

mod access;
mod account;
mod api;
mod audit;
mod contacts;
mod conventions;
mod export;
mod growth;
mod growth_api;
mod hardening;
mod headers;
mod identity;
mod live;
mod markets;
mod observe;
mod people;
mod problems;
mod sign_in;
mod slow;
mod views;
mod webhooks;
