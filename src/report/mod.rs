//! Results for people: terminal tables and plots.

pub mod plots;
pub mod terminal;
