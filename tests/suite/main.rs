//! Tests through public interfaces only, in one binary that is linked once.
//!
//! `tests/allocation.rs` is separate, since it has an allocator of its own. Tests of the report
//! pages are in the package `tests/browser`.

mod agenda;
mod allocation;
mod analyses;
mod central_asia;
mod command_line;
mod comparison;
mod documents;
mod draws;
mod engine;
mod games;
mod harness;
mod invalid_files;
mod losses;
mod organisations;
mod organs;
mod outside;
mod plots;
mod properties;
mod questions;
mod reckoning;
mod report;
mod sanctions;
mod sweep;
mod switches;
mod verification;
