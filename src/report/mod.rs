//! Results for people: terminal tables and plots.

pub mod attribution;
pub mod comparison;
pub mod discovery;
pub mod games;
pub mod plots;
pub mod sensitivity;
pub mod sweep;
pub mod terminal;
