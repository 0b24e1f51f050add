//! Events of a replication, for those who want to know why. Statically dispatched: without a trace
//! they cost nothing.

use crate::domain::water_energy::NodeFlows;
use crate::scenario::types::design::Table;

/// The step of the year at which something happened (ODD §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// 0–1: replication and forecasts.
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
    /// Number in the year's order.
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

/// One event: `values` are the terms of the decision, named.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Simulated year, from 0.
    pub year: usize,
    /// Step of the year.
    pub step: Step,
    /// Table, if any.
    pub table: Option<&'a Table>,
    /// State, if any.
    pub state: Option<usize>,
    /// Act slot, if any.
    pub slot: Option<usize>,
    /// What happened.
    pub what: &'static str,
    /// Named numbers.
    pub values: &'a [(&'static str, f64)],
}

/// How the water of a year passed the nodes of a basin.
#[derive(Debug, Clone, Copy)]
pub struct RoutedYear<'a> {
    /// Simulated year, from 0.
    pub year: usize,
    /// Position of the domain.
    pub domain: usize,
    /// By node, with what was done.
    pub nodes: &'a [NodeFlows],
    /// By node, without cooperation.
    pub reference: &'a [NodeFlows],
}

/// Receives events.
pub trait Trace {
    /// Takes the passage of a year's water.
    fn river(&mut self, _: RoutedYear<'_>) {}
    /// Takes an event.
    fn event(&mut self, event: Event<'_>);
    /// Whether anybody listens: guards the preparation of values.
    const ENABLED: bool;
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    #[inline(always)]
    fn event(&mut self, _: Event<'_>) {}
    const ENABLED: bool = false;
}
