//! Markets from creation to deletion, on both databases.

mod backups;
mod creation;
mod deletion;
mod exports;
mod fixture;
mod health;
mod interrupted;
mod isolation;
mod migrations;
mod moves;
mod states;
