//! The emulated GoHighLevel, from outside: over HTTP, as a client and as a receiver of webhooks.

mod api;
mod faults;
mod oauth;
mod webhooks;
mod world;
