//! What a user sees, tested through public entries only: one binary, so that it is linked once.
//!
//! `allocation` counts with an allocator of its own and stays apart; tests of the pages are in
//! `tests/browser`, a package of its own.

mod analyses;
mod central_asia;
mod command_line;
mod comparison;
mod draws;
mod engine;
mod games;
mod harness;
mod invalid_files;
mod plots;
mod properties;
mod questions;
mod report;
mod sweep;
mod switches;
mod verification;
