//! Events of a replication, with the terms of each decision.
//!
//! [`Trace`] is statically dispatched: a run without a trace has no cost.

use crate::domain::water_energy::NodeFlows;
use crate::scenario::types::design::Table;

/// The step of the year at which something happened (ODD §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// 0–1: draws and forecasts.
    Draws,
    /// 2: membership.
    Membership,
    /// 3–4: agenda and bargaining.
    Bargaining,
    /// 5: vote.
    Vote,
    /// 6: ratification.
    Ratification,
    /// 8: summer acts.
    SummerAct,
    /// 9: summer monitoring.
    SummerMonitoring,
    /// 10: winter acts and payments.
    WinterAct,
    /// 11: winter monitoring and sanctions.
    WinterMonitoring,
    /// 12: settlement.
    Settlement,
    /// 13: learning.
    Learning,
}

impl Step {
    /// Returns the number of the step in the order of the year (ODD §6).
    pub fn number(self) -> u8 {
        match self {
            Step::Draws => 0,
            Step::Membership => 2,
            Step::Bargaining => 4,
            Step::Vote => 5,
            Step::Ratification => 6,
            Step::SummerAct => 8,
            Step::SummerMonitoring => 9,
            Step::WinterAct => 10,
            Step::WinterMonitoring => 11,
            Step::Settlement => 12,
            Step::Learning => 13,
        }
    }
}

/// An event of a trace.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Simulated year, from 0.
    pub year: usize,
    /// Step of the year.
    pub step: Step,
    /// Organisation beside the design; `None` for the design itself.
    pub organisation: Option<&'a str>,
    /// Table, if any.
    pub table: Option<&'a Table>,
    /// State, if any.
    pub state: Option<usize>,
    /// Act slot of the scenario, if any.
    pub slot: Option<usize>,
    /// What happened.
    pub what: &'static str,
    /// Terms of the decision, by name.
    pub values: &'a [(&'static str, f64)],
}

/// River routing of a basin in one year.
#[derive(Debug, Clone, Copy)]
pub struct RoutedYear<'a> {
    /// Simulated year, from 0.
    pub year: usize,
    /// Position of the domain.
    pub domain: usize,
    /// Flows by node with the acts of the year.
    pub nodes: &'a [NodeFlows],
    /// Flows by node without cooperation.
    pub reference: &'a [NodeFlows],
}

/// Receives the events of a replication.
pub trait Trace {
    /// Receives the river routing of a year. Does nothing by default.
    fn river(&mut self, _: RoutedYear<'_>) {}
    /// Receives an event.
    fn event(&mut self, event: Event<'_>);
    /// Whether events are recorded. If not, their values are not prepared.
    const ENABLED: bool;
}

/// A trace that records nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    #[inline(always)]
    fn event(&mut self, _: Event<'_>) {}
    const ENABLED: bool = false;
}
