//! The hub as browsers and programs meet it.

mod access;
mod account;
mod api;
mod audit;
mod contacts;
mod conventions;
mod export;
mod gohighlevel;
mod growth;
mod growth_api;
mod hardening;
mod headers;
mod identity;
mod lead_desk;
mod leads;
mod live;
mod markets;
mod observe;
mod office;
mod people;
mod problems;
mod sign_in;
mod slow;
mod views;
mod webhook_in;
mod webhooks;
