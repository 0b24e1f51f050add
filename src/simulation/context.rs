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
    /// Whether these are the rules of an organisation beside the design.
    pub(super) is_beside: bool,
}

impl<'a> YearContext<'a> {
    /// Returns an event of this year; the caller sets table, state, slot and values.
    pub(super) fn event<'e>(&self, step: Step, what: &'static str) -> Event<'e>
    where
        'a: 'e,
    {
        let name = self.prepared.design.name.as_str();
        Event {
            year: self.year,
            step,
            organisation: self.is_beside.then_some(name),
            table: None,
            state: None,
            slot: None,
            what,
            values: &[],
        }
    }
}
