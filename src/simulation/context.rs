//! The simulated year and the rules that hold in it, as passed to every step of the year.

use super::trace::{Event, Step};
use super::{Engine, Prepared};

/// A year, with the engine and the rules that hold in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct YearContext<'a> {
    /// The scenario, its layout of draws and its designs.
    pub(super) engine: &'a Engine,
    /// The design that holds this year: after a merger that of the successor.
    pub(super) prepared: &'a Prepared,
    /// Simulated year, from 0.
    pub(super) year: usize,
}

impl YearContext<'_> {
    /// Returns an event of this year; the caller sets table, state, slot and values.
    pub(super) fn event<'e>(&self, step: Step, what: &'static str) -> Event<'e> {
        let year = self.year;
        Event { year, step, table: None, state: None, slot: None, what, values: &[] }
    }
}
