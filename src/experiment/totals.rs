//! Measures of a replication and of its years, computed from year records (formulas of ODD §10).
//!
//! Definitions and units are in `measures`.

use super::measures::{ACROSS, MEASURES};
use crate::ids::{MAX_STATES, Members};
use crate::numeric::add;
use crate::plan::Physical;
use crate::scenario::types::Scenario;
use crate::simulation::{Cause, StateYear, YearRecord};
use crate::units::Money;

const DORMANT_BELOW: f64 = 0.05;
const DORMANT_YEARS: usize = 5;

/// Returns the gain of all states of the scenario together, before organisation costs, MUSD.
fn delivered(record: &YearRecord, states: usize) -> f64 {
    record.by_state[..states].iter().map(|state| state.gain).sum()
}

fn is_dormant(record: &YearRecord, states: usize) -> bool {
    delivered(record, states) < DORMANT_BELOW * record.optimum
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { f64::NAN }
}

type ByState = [f64; MAX_STATES];

/// Sums over the years of a replication, taken in one pass; money in MUSD.
#[derive(Default)]
struct Sums {
    /// Domain-years with a plan in force, and the first year with one.
    plans: f64,
    first_deal: Option<usize>,
    optimum: f64,
    agreed: f64,
    /// What each cause takes from the joint optimum.
    lost: [f64; Cause::ALL.len()],
    delivered: f64,
    /// Obligations due and kept, in number and value; those of dry years due and broken.
    due: f64,
    kept: f64,
    value_due: f64,
    value_kept: f64,
    dry_due: f64,
    dry_broken: f64,
    /// Physical results of all years, summed over domains.
    physical: Physical,
    disputes: f64,
    fines: f64,
    treated: [f64; 2],
    decisions_adopted: f64,
    decisions_unperformed: f64,
    ratification_failures: f64,
    members: f64,
    dormant_years: f64,
    /// Transfers received by all states.
    received: f64,
    /// Present value of each state's gain net of organisation costs, and its undiscounted sum.
    present: ByState,
    net: ByState,
    transfers: ByState,
    organisation_cost: ByState,
    forgone: ByState,
    sovereignty_cost: ByState,
}

impl Sums {
    fn of(scenario: &Scenario, records: &[YearRecord]) -> Self {
        let states = scenario.states.len();
        let mut sums = Sums::default();
        let mut weight = 1.0;
        for (year, r) in records.iter().enumerate() {
            sums.add(r, states, weight);
            if r.plans > 0 {
                sums.first_deal = sums.first_deal.or(Some(year));
            }
            weight /= 1.0 + scenario.discount_rate;
        }
        sums
    }

    /// Returns the share of the joint optimum that a cause takes; NaN without the account.
    fn lost(&self, cause: Cause) -> f64 {
        if self.agreed.is_nan() { f64::NAN } else { ratio(self.lost[cause as usize], self.optimum) }
    }

    fn add(&mut self, r: &YearRecord, states: usize, weight: f64) {
        self.plans += f64::from(r.plans.count_ones());
        self.optimum += r.optimum;
        self.agreed += r.agreed;
        add(&mut self.lost, &r.losses.region);
        self.delivered += delivered(r, states);
        self.due += f64::from(r.due);
        self.kept += f64::from(r.kept);
        self.value_due += r.value_due;
        self.value_kept += r.value_kept;
        if r.dry {
            self.dry_due += f64::from(r.due);
            self.dry_broken += f64::from(r.due - r.kept);
        }
        self.physical.add(&r.physical);
        self.disputes += f64::from(r.disputes);
        self.fines += r.fines;
        self.treated[0] += f64::from(r.treated.0);
        self.treated[1] += f64::from(r.treated.1);
        self.decisions_adopted += f64::from(r.decisions_adopted);
        self.decisions_unperformed += f64::from(r.decisions_unperformed);
        self.ratification_failures += f64::from(r.ratification_failures);
        self.members += f64::from(r.members);
        self.dormant_years += f64::from(u8::from(is_dormant(r, states)));
        self.received += r.by_state[..states].iter().map(|own| own.transfers.max(0.0)).sum::<f64>();
        for (state, own) in r.by_state.iter().enumerate().take(states) {
            let net = own.net();
            self.present[state] += weight * net;
            self.net[state] += net;
            self.transfers[state] += own.transfers;
            self.organisation_cost[state] += own.organisation_cost;
            self.forgone[state] += own.forgone;
            self.sovereignty_cost[state] += own.sovereignty_cost;
        }
    }
}

/// Appends the measures of one replication of one design to `out`, in the order of
/// [`columns`](super::measure_columns::columns); empty ones are NaN.
///
/// `founders` are the members for `worst_off_gain` and `gini`; all states if empty.
pub fn replication_row(
    scenario: &Scenario,
    founders: Members,
    records: &[YearRecord],
    out: &mut Vec<f64>,
) {
    let years = records.len() as f64;
    let states = scenario.states.len();
    let sums = Sums::of(scenario, records);
    let founders = if founders.is_empty() { scenario.everyone() } else { founders };
    let total = |values: &ByState| values[..states].iter().sum::<f64>();
    for definition in MEASURES.iter().filter(|definition| !ACROSS.contains(&definition.id)) {
        let per_state = |out: &mut Vec<f64>, region: f64, value: &dyn Fn(usize) -> f64| {
            out.push(region);
            out.extend((0..states).map(value));
        };
        let mean_per_state = |out: &mut Vec<f64>, values: &ByState| {
            let mean = |state: usize| values[state] / years;
            per_state(out, (0..states).map(mean).sum(), &mean);
        };
        match definition.id {
            "adoption" => out.push(sums.plans / (years * scenario.domains.len() as f64)),
            "years_to_first_deal" => out.push(sums.first_deal.unwrap_or(records.len()) as f64),
            "depth_agreed" => out.push(ratio(sums.agreed, sums.optimum)),
            "lost_unforeseen" => out.push(sums.lost(Cause::Unforeseen)),
            "lost_outside" => out.push(sums.lost(Cause::Outside)),
            "lost_unratified" => out.push(sums.lost(Cause::Unratified)),
            "lost_opted_out" => out.push(sums.lost(Cause::OptedOut)),
            "lost_resting" => out.push(sums.lost(Cause::Resting)),
            "lost_not_agreed" => out.push(sums.lost(Cause::NotAgreed)),
            "lost_shallow" => out.push(sums.lost(Cause::Shallow)),
            "lost_withheld" => out.push(sums.lost(Cause::Withheld)),
            "lost_broken" => out.push(sums.lost(Cause::Broken)),
            "lost_slippage" => out.push(sums.lost(Cause::Slippage)),
            "lost_duplicated" => out.push(sums.lost(Cause::Duplicated)),
            "depth_delivered" => out.push(ratio(sums.delivered, sums.optimum)),
            "compliance_count" => out.push(ratio(sums.kept, sums.due)),
            "compliance_value" => out.push(ratio(sums.value_kept, sums.value_due)),
            "dry_year_breach" => out.push(ratio(sums.dry_broken, sums.dry_due)),
            "gain" => per_state(out, total(&sums.present), &|state| sums.present[state]),
            "gain_per_year" => mean_per_state(out, &sums.net),
            "gain_percent_gdp" => {
                let gdp = |state: usize| scenario.states[state].gdp.map_or(f64::NAN, Money::get);
                let mean = |state: usize| sums.net[state] / years;
                let region =
                    100.0 * (0..states).map(mean).sum::<f64>() / (0..states).map(gdp).sum::<f64>();
                per_state(out, region, &|state| 100.0 * mean(state) / gdp(state));
            }
            "worst_off_gain" => {
                out.push(
                    founders.iter().map(|state| sums.present[state]).fold(f64::INFINITY, f64::min),
                );
            }
            "gini" => out.push(gini(founders, &sums.present)),
            "irrigation_deficit" => out.push(sums.physical.irrigation_deficit / years),
            "winter_power_deficit" => out.push(sums.physical.winter_power_deficit / years),
            "flood_cost" => out.push(sums.physical.flood_cost / years),
            "summer_release_share" => {
                out.push(ratio(sums.physical.summer_release, sums.physical.annual_release))
            }
            "sink_inflow" => out.push(sums.physical.sink_inflow / years),
            "fuel_delivered" => out.push(sums.physical.fuel_delivered / years),
            "disputes" => out.push(sums.disputes / years),
            "fines" => out.push(sums.fines / years),
            "transfers" => {
                per_state(out, sums.received / years, &|state| sums.transfers[state] / years)
            }
            "domains_treated_twice" => out.push(sums.treated[1] / sums.treated[0]),
            "decisions_adopted" => out.push(sums.decisions_adopted),
            "decisions_unperformed" => out.push(sums.decisions_unperformed),
            "ratification_failures" => out.push(sums.ratification_failures),
            "members" => out.push(sums.members / years),
            "alive" => out.push(f64::from(death(records, states).is_none())),
            "dormant_years" => out.push(sums.dormant_years),
            "organisation_cost" => mean_per_state(out, &sums.organisation_cost),
            "outside_options_forgone" => mean_per_state(out, &sums.forgone),
            "sovereignty_cost" => mean_per_state(out, &sums.sovereignty_cost),
            other => unreachable!("the measure {other} has no formula"),
        }
    }
}

/// Returns the year in which the fifth dormant year in a row ends, if any.
fn death(records: &[YearRecord], states: usize) -> Option<usize> {
    let mut run = 0;
    records.iter().position(|record| {
        run = if is_dormant(record, states) { run + 1 } else { 0 };
        run == DORMANT_YEARS
    })
}

/// Returns the Gini index Σ|x_i − x_j| / (2 n Σ|x_i|): in [0, 1] even where some lose; 0 where no
/// state gains or loses.
fn gini(states: Members, gains: &[f64]) -> f64 {
    let total: f64 = states.iter().map(|state| gains[state].abs()).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let differences: f64 = states
        .iter()
        .map(|i| states.iter().map(|j| (gains[i] - gains[j]).abs()).sum::<f64>())
        .sum();
    differences / (2.0 * states.len() as f64 * total)
}

/// Fills `out` with the yearly measures of a replication, year by year in the order of
/// [`yearly_columns`](super::measure_columns::yearly_columns); NaN after its end. `out` holds the whole
/// horizon, `width` numbers for each year.
pub fn yearly_rows(scenario: &Scenario, records: &[YearRecord], width: usize, out: &mut [f64]) {
    let states = scenario.states.len();
    let death = death(records, states).unwrap_or(records.len());
    let (played, rest) = out.split_at_mut(records.len() * width);
    for ((year, r), row) in records.iter().enumerate().zip(played.chunks_exact_mut(width)) {
        let p = &r.physical;
        let region = [
            f64::from(r.plans.count_ones()) / scenario.domains.len() as f64,
            ratio(r.agreed, r.optimum),
            ratio(delivered(r, states), r.optimum),
            ratio(f64::from(r.kept), f64::from(r.due)),
            r.trust,
            f64::from(r.members),
            f64::from(u8::from(year < death)),
            f64::from(r.disputes),
            p.irrigation_deficit,
            p.winter_power_deficit,
            p.flood_cost,
            p.summer_release,
            p.annual_release - p.summer_release,
            p.sink_inflow,
            p.fuel_delivered,
            r.by_state[..states].iter().map(StateYear::net).sum(),
        ];
        let (to_region, to_states) = row.split_at_mut(region.len());
        to_region.copy_from_slice(&region);
        for (own, to) in r.by_state.iter().zip(to_states) {
            *to = own.net();
        }
    }
    rest.fill(f64::NAN);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::measure_columns::{columns, yearly_columns};
    use crate::scenario::load;

    #[test]
    fn sums_over_years_are_those_of_the_formulas() {
        let Ok(loaded) = load::scenario("central-asia", &[]) else {
            panic!("the built-in scenario is valid")
        };
        let scenario = loaded.scenario;
        let states = scenario.states.len();
        let mut records = [YearRecord { optimum: 50.0, ..YearRecord::default() }; 4];
        for (record, gain) in records.iter_mut().zip([0.0, 10.0, -4.0, 20.0]) {
            record.by_state[1] =
                StateYear { gain, donations: 1.0, organisation_cost: 2.0, ..StateYear::default() };
        }
        (records[1].due, records[1].kept, records[1].dry, records[1].plans) = (4, 1, true, 0b11);
        (records[2].due, records[2].kept, records[3].plans) = (2, 2, 0b1);
        (records[3].by_state[0].transfers, records[3].by_state[1].transfers) = (6.0, -6.0);
        let mut row = Vec::new();
        replication_row(&scenario, Members::first(2), &records, &mut row);
        let all = columns(states);
        assert_eq!(row.len(), all.len());
        let value = |id: &str, state: Option<usize>| {
            let at = all
                .iter()
                .position(|column| MEASURES[column.measure].id == id && column.state == state);
            at.map_or(f64::NAN, |at| row[at])
        };
        let discount = 1.0 / (1.0 + scenario.discount_rate);
        let present = -1.0 + 9.0 * discount - 5.0 * discount * discount
            + 19.0 * discount * discount * discount;
        for (id, state, expected) in [
            ("gain", Some(1), present),
            ("gain", Some(0), 0.0),
            ("gain", None, present),
            ("gain_per_year", Some(1), 22.0 / 4.0),
            ("depth_delivered", None, 26.0 / 200.0),
            ("adoption", None, 3.0 / (4.0 * scenario.domains.len() as f64)),
            ("years_to_first_deal", None, 1.0),
            ("compliance_count", None, 3.0 / 6.0),
            ("dry_year_breach", None, 3.0 / 4.0),
            ("transfers", None, 6.0 / 4.0),
            ("transfers", Some(1), -6.0 / 4.0),
            ("worst_off_gain", None, present.min(0.0)),
            ("dormant_years", None, 2.0),
            ("alive", None, 1.0),
            ("organisation_cost", Some(1), 2.0),
        ] {
            let found = value(id, state);
            assert!(
                (found - expected).abs() < 1e-12,
                "{id} {state:?}: {found} instead of {expected}"
            );
        }
        assert!(value("compliance_value", None).is_nan(), "nothing of value was due");
    }

    #[test]
    fn years_after_the_end_are_overwritten_with_nan() {
        let Ok(loaded) = load::scenario("central-asia", &[]) else {
            panic!("the built-in scenario is valid")
        };
        let scenario = loaded.scenario;
        let width = yearly_columns(scenario.states.len()).len();
        let mut record = YearRecord { trust: 0.25, ..YearRecord::default() };
        record.by_state[4].gain = 7.0;
        let mut rows = vec![99.0; width * scenario.horizon];
        yearly_rows(&scenario, &[record, record], width, &mut rows);
        assert!(rows[..2 * width].iter().all(|value| *value != 99.0));
        assert_eq!([rows[width - 1], rows[4], rows[2 * width - 1]], [7.0, 0.25, 7.0]);
        assert!(rows[2 * width..].iter().all(|value| value.is_nan()));
    }

    #[test]
    fn the_gini_index_is_zero_for_equals_and_grows_with_inequality() {
        let two: Members = Members::first(2);
        assert_eq!(gini(two, &[5.0, 5.0]), 0.0);
        assert_eq!(gini(two, &[0.0, 5.0]), 0.5);
        assert_eq!(gini(two, &[-5.0, 5.0]), 0.5);
        assert_eq!(gini(two, &[0.0, 0.0]), 0.0);
    }

    #[test]
    fn five_dormant_years_in_a_row_are_a_death_and_four_are_not() {
        let year = |gain: f64| {
            let mut record = YearRecord { optimum: 100.0, ..YearRecord::default() };
            record.by_state[0].gain = gain;
            record
        };
        let mut records = vec![year(10.0), year(0.0), year(0.0), year(0.0), year(0.0), year(50.0)];
        assert_eq!(death(&records, 1), None);
        records.insert(3, year(4.0));
        assert_eq!(death(&records, 1), Some(5));
    }
}
