//! Records of simulated years, from which all measures are computed (ODD §10).

use super::losses::Losses;
use crate::ids::MAX_STATES;
use crate::plan::Physical;

/// Results of one state in one year, MUSD.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StateYear {
    /// Gain over the reference: domains, transfers and fines, before organisation costs.
    pub gain: f64,
    /// Organisation costs.
    pub organisation_cost: f64,
    /// Sovereignty cost.
    pub sovereignty_cost: f64,
    /// Received from outsiders: grants, and defaulted payments that they guarantee.
    pub donations: f64,
    /// Net transfers received.
    pub transfers: f64,
    /// Gains elsewhere that were forgone because the state was bound.
    pub forgone: f64,
}

impl StateYear {
    /// Adds the results of another organisation.
    pub fn add(&mut self, other: &StateYear) {
        self.gain += other.gain;
        self.organisation_cost += other.organisation_cost;
        self.sovereignty_cost += other.sovereignty_cost;
        self.donations += other.donations;
        self.transfers += other.transfers;
        self.forgone += other.forgone;
    }

    /// Returns the gain with donations, net of organisation costs and of gains forgone, MUSD.
    pub fn net(&self) -> f64 {
        self.gain + self.donations - self.organisation_cost - self.forgone
    }
}

/// Results of one year of one design in one replication.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct YearRecord {
    /// Ex-post joint optimum of all states and domains, MUSD.
    pub optimum: f64,
    /// Joint gain if all that was in force had been performed, at the conditions that came, MUSD;
    /// NaN without the account of losses.
    pub agreed: f64,
    /// Domains with a plan in force, one bit each.
    pub plans: u32,
    /// Number of obligations due.
    pub due: u32,
    /// Number of obligations kept.
    pub kept: u32,
    /// Value of the obligations due, MUSD.
    pub value_due: f64,
    /// Value performed, MUSD.
    pub value_kept: f64,
    /// Whether the year is in the driest fifth of the replication.
    pub dry: bool,
    /// Number of reported breaches, false alarms included.
    pub disputes: u32,
    /// Fines paid, MUSD.
    pub fines: f64,
    /// Number of domains that an organisation treats, and of those that several treat.
    pub treated: (u32, u32),
    /// Number of decisions adopted.
    pub decisions_adopted: u32,
    /// Change of the number of adopted decisions under which nothing has been performed.
    pub decisions_unperformed: i32,
    /// Number of ratifications that were open and failed.
    pub ratification_failures: u32,
    /// Number of members at the end of the year.
    pub members: u32,
    /// Mean trust among the members, share.
    pub trust: f64,
    /// Physical results, summed over domains.
    pub physical: Physical,
    /// Results by state. Entries beyond the states of the scenario are not used.
    pub by_state: [StateYear; MAX_STATES],
    /// Where the gains of full cooperation are lost; 0 throughout without the account.
    pub losses: Losses,
}

impl YearRecord {
    /// Clears the record for a scenario with `states` states. Entries of `by_state` beyond them are
    /// not touched.
    pub fn begin(&mut self, states: usize, is_dry: bool, account: bool) {
        let YearRecord {
            optimum,
            agreed,
            plans,
            due,
            kept,
            value_due,
            value_kept,
            dry,
            disputes,
            fines,
            treated,
            decisions_adopted,
            decisions_unperformed,
            ratification_failures,
            members,
            trust,
            physical,
            by_state,
            losses,
        } = self;
        let agreed_so_far = if account { 0.0 } else { f64::NAN };
        (*optimum, *agreed, *plans) = (0.0, agreed_so_far, 0);
        (*due, *kept, *value_due, *value_kept) = (0, 0, 0.0, 0.0);
        (*dry, *disputes, *fines, *ratification_failures) = (is_dry, 0, 0.0, 0);
        (*treated, *decisions_adopted, *decisions_unperformed) = ((0, 0), 0, 0);
        (*members, *trust, *physical) = (0, 0.0, Physical::default());
        by_state[..states].fill(StateYear::default());
        if account {
            losses.clear(states);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_a_year_resets_all_fields() {
        let full = YearRecord {
            optimum: 1.0,
            agreed: 2.0,
            plans: 3,
            due: 4,
            kept: 5,
            value_due: 6.0,
            value_kept: 7.0,
            dry: true,
            disputes: 8,
            fines: 9.0,
            treated: (3, 1),
            decisions_adopted: 17,
            decisions_unperformed: -1,
            ratification_failures: 10,
            members: 11,
            trust: 12.0,
            physical: Physical {
                irrigation_deficit: 13.0,
                winter_power_deficit: 14.0,
                flood_cost: 15.0,
                summer_release: 16.0,
                annual_release: 17.0,
                sink_inflow: 18.0,
                fuel_delivered: 19.0,
            },
            by_state: [StateYear {
                gain: 20.0,
                organisation_cost: 21.0,
                sovereignty_cost: 22.0,
                donations: 23.0,
                transfers: 24.0,
                forgone: 25.0,
            }; MAX_STATES],
            losses: Losses { region: [25.0; 12], by_state: [[26.0; 12]; MAX_STATES] },
        };
        let mut year = full;
        year.begin(MAX_STATES, false, true);
        assert_eq!(year, YearRecord::default());
        let mut year = full;
        year.begin(2, true, true);
        let mut expected = YearRecord { dry: true, ..YearRecord::default() };
        expected.by_state[2..].copy_from_slice(&full.by_state[2..]);
        expected.losses.by_state[2..].copy_from_slice(&full.losses.by_state[2..]);
        assert_eq!(year, expected);
    }
}
