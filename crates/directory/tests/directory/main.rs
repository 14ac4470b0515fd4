//! The stories of the directory, on both databases.

mod doors;
mod erase;
mod keys;
mod members;
mod migration;
mod oidc;
mod operators;
mod second_factor;
mod trail;
mod world;
