//! Definitions of the measures of ODD §10: per replication and design, and per year.
//!
//! The formulas are in `totals`.

/// Preferred direction of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    Neither,
}

impl Better {
    /// Returns the name used in `dictionary.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Better::Higher => "higher",
            Better::Lower => "lower",
            Better::Neither => "neither",
        }
    }
}

/// Returns a unit of the files as it is printed for readers: km³ for `km3`.
pub fn unit_for_people(unit: &str) -> String {
    unit.replace("km3", "km³")
}

/// Definition of a measure.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Identifier in files.
    pub id: &'static str,
    /// Name for readers.
    pub title: &'static str,
    /// Definition.
    pub definition: &'static str,
    /// Unit, as in files.
    pub unit: &'static str,
    /// Preferred direction.
    pub better: Better,
    /// Section of the ODD page.
    pub section: &'static str,
    /// Whether it is also given per state.
    pub per_state: bool,
}

const fn measure(
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    better: Better,
    section: &'static str,
    per_state: bool,
    definition: &'static str,
) -> Measure {
    Measure { id, title, definition, unit, better, section, per_state }
}

/// A part of the account of losses, as a share of the joint optimum.
const fn lost(id: &'static str, title: &'static str, definition: &'static str) -> Measure {
    measure(id, title, "share", Lower, "10", false, definition)
}

use Better::{Higher, Lower, Neither};

/// All measures in the order of the files. Those of [`ACROSS`] exist only over replications.
pub const MEASURES: &[Measure] = &[
    measure(
        "adoption",
        "Domain-years with a deal in force",
        "share",
        Higher,
        "10",
        false,
        "Share of domain-years with a plan in force.",
    ),
    measure(
        "years_to_first_deal",
        "Years to the first deal",
        "years",
        Lower,
        "10",
        false,
        "Years before the first plan is in force; the horizon where there is none (censored).",
    ),
    measure(
        "depth_agreed",
        "Depth agreed",
        "share",
        Higher,
        "10",
        false,
        "Joint gain if all that was in force had been performed in full, at the conditions that \
         came, over the ex-post joint optimum of all states and domains.",
    ),
    measure(
        "depth_delivered",
        "Depth delivered",
        "share",
        Higher,
        "10",
        false,
        "Closing-the-gap index: realised joint gain before organisation costs over the ex-post \
         joint optimum of all states and domains of the scenario; can be negative.",
    ),
    lost(
        "lost_unforeseen",
        "Lost: not foreseen in spring",
        "Missed by a full-depth plan of all states made on the forecast of the spring, as a \
         share of the joint optimum.",
    ),
    lost(
        "lost_outside",
        "Lost: outside the organisation",
        "Lost because the domain is not on the agenda or closed, or states are no members or take \
         no part in the domain, as a share of the joint optimum.",
    ),
    lost(
        "lost_unratified",
        "Lost: waiting for ratification",
        "Lost while members have not ratified, as a share of the joint optimum.",
    ),
    lost(
        "lost_opted_out",
        "Lost: opted out",
        "Lost because states stay out of decisions they voted against, as a share of the \
         joint optimum.",
    ),
    lost(
        "lost_resting",
        "Lost: resting after a collapse",
        "Lost while the regime rests after a collapse, as a share of the joint optimum.",
    ),
    lost(
        "lost_not_agreed",
        "Lost: not agreed",
        "Lost because no proposal finds the consent that it needs, as a share of the joint \
         optimum.",
    ),
    lost(
        "lost_shallow",
        "Lost: agreed less deep",
        "Lost because what is agreed is less deep than possible, as a share of the joint \
         optimum.",
    ),
    lost(
        "lost_withheld",
        "Lost: withheld lawfully",
        "Lost because concessions are withdrawn or obligations lawfully suspended, as a share \
         of the joint optimum.",
    ),
    lost(
        "lost_broken",
        "Lost: broken",
        "Lost because obligors do not mean to perform, as a share of the joint optimum.",
    ),
    lost(
        "lost_slippage",
        "Lost: lack of capacity",
        "Lost to slippage, as a share of the joint optimum.",
    ),
    lost(
        "lost_duplicated",
        "Lost: done elsewhere too",
        "Lost because other organisations do the same, as a share of the joint optimum.",
    ),
    measure(
        "compliance_count",
        "State-seasons kept",
        "share",
        Higher,
        "10",
        false,
        "Share of state-seasons with obligations in which the state meant to perform all of them; \
         empty where nothing was due.",
    ),
    measure(
        "compliance_value",
        "Promised benefits performed",
        "share",
        Higher,
        "10",
        false,
        "Share of the promised benefits to others that was performed; empty where nothing was due.",
    ),
    measure(
        "dry_year_breach",
        "State-seasons broken in dry years",
        "share",
        Lower,
        "10",
        false,
        "Share of state-seasons with a breach in the driest fifth of the years; empty where nothing \
         was due.",
    ),
    measure(
        "gain",
        "Present value of gains",
        "MUSD",
        Higher,
        "10",
        true,
        "Present value of gains over the non-cooperative reference with what outsiders gave, net \
         of organisation costs, at the scenario's discount rate.",
    ),
    measure(
        "gain_per_year",
        "Gain per year",
        "MUSD/yr",
        Higher,
        "10",
        true,
        "The same undiscounted, per year.",
    ),
    measure(
        "gain_percent_gdp",
        "Gain in per cent of GDP",
        "% of GDP",
        Higher,
        "10",
        true,
        "gain_per_year in per cent of the state's GDP; empty where the scenario gives none.",
    ),
    measure(
        "worst_off_gain",
        "Present value for the worst-off member",
        "MUSD",
        Higher,
        "10",
        false,
        "Present value of the founding member that gains least.",
    ),
    measure(
        "gini",
        "Inequality of gains (Gini)",
        "index",
        Lower,
        "10",
        false,
        "Gini index of the founding members' gains, normalised by absolute gains so that it stays \
         in [0, 1] when some lose.",
    ),
    measure(
        "loss_probability",
        "Chance of a loss",
        "probability",
        Lower,
        "10",
        true,
        "Share of replications in which the gain is below zero.",
    ),
    measure(
        "worst_5_percent",
        "Gain in the worst 5 % of replications",
        "MUSD",
        Higher,
        "10",
        true,
        "Mean gain of the worst 5 % of replications.",
    ),
    measure(
        "irrigation_deficit",
        "Irrigation deficit",
        "km3/yr",
        Lower,
        "10",
        false,
        "Unmet demand for irrigation.",
    ),
    measure(
        "winter_power_deficit",
        "Winter power deficit",
        "TWh/yr",
        Lower,
        "10",
        false,
        "Unmet winter demand for power of the operators.",
    ),
    measure(
        "flood_cost",
        "Cost of winter floods",
        "MUSD/yr",
        Lower,
        "10",
        false,
        "Cost of winter floods.",
    ),
    measure(
        "summer_release_share",
        "Summer share of reservoir release",
        "share",
        Neither,
        "10",
        false,
        "Share of the decided reservoirs' outflow that goes in summer; empty without reservoirs.",
    ),
    measure(
        "sink_inflow",
        "Water that reaches the sink",
        "km3/yr",
        Higher,
        "10",
        false,
        "Water that reaches the ends of the rivers.",
    ),
    measure(
        "fuel_delivered",
        "Fuel delivered under plans",
        "TWh/yr",
        Neither,
        "10",
        false,
        "Fuel delivered under plans.",
    ),
    measure(
        "disputes",
        "Reported breaches",
        "1/yr",
        Lower,
        "10",
        false,
        "Reported breaches, false alarms included.",
    ),
    measure("fines", "Fines paid", "MUSD/yr", Neither, "10", false, "Fines paid."),
    measure(
        "transfers",
        "Money paid between members",
        "MUSD/yr",
        Neither,
        "10",
        true,
        "Money paid between members: net receipts of a state, total paid in the region.",
    ),
    measure(
        "domains_treated_twice",
        "Domains treated twice",
        "share",
        Lower,
        "10",
        false,
        "Share of the domains treated by an organisation that several treat in the same year.",
    ),
    measure(
        "decisions_adopted",
        "Decisions adopted",
        "number",
        Neither,
        "10",
        false,
        "Number of decisions adopted.",
    ),
    measure(
        "decisions_unperformed",
        "Decisions never performed",
        "number",
        Lower,
        "10",
        false,
        "Number of adopted decisions under which nothing was ever performed.",
    ),
    measure(
        "ratification_failures",
        "State-years without ratification",
        "count",
        Lower,
        "10",
        false,
        "State-years in which a ratification was open and did not come.",
    ),
    measure("members", "Members", "states", Neither, "10", false, "Mean number of members."),
    measure(
        "alive",
        "Organisation alive",
        "share",
        Higher,
        "10",
        false,
        "1 if no run of five years delivered less than 5 % of the joint optimum.",
    ),
    measure(
        "dormant_years",
        "Dormant years",
        "years",
        Lower,
        "10",
        false,
        "Years that delivered less than 5 % of the joint optimum.",
    ),
    measure(
        "organisation_cost",
        "Cost of the organisation",
        "MUSD/yr",
        Lower,
        "10",
        true,
        "Secretariat, meetings, delegation overhead and court costs.",
    ),
    measure(
        "outside_options_forgone",
        "Outside options forgone",
        "MUSD/yr",
        Lower,
        "10",
        true,
        "Gains elsewhere that states forgo because they are bound; subtracted from gains.",
    ),
    measure(
        "sovereignty_cost",
        "Cost of pooled sovereignty",
        "MUSD/yr",
        Lower,
        "10",
        true,
        "Cost of pooled sovereignty; weighs in ratification and exit, not in gains.",
    ),
];

/// Returns the measure of replications with this id, if there is one.
///
/// ```
/// use consortia::experiment::measures::definition;
///
/// assert_eq!(definition("gain_per_year").map(|measure| measure.unit), Some("MUSD/yr"));
/// assert!(definition("happiness").is_none());
/// ```
pub fn definition(id: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.id == id)
}

/// Returns whether a measure needs the account of losses.
pub fn needs_account(id: &str) -> bool {
    id == "depth_agreed" || id.starts_with("lost_")
}

/// Measures that exist only over all replications; they are computed from `gain`.
pub const ACROSS: &[&str] = &["loss_probability", "worst_5_percent"];

/// Yearly measures, in the order of the files.
pub const YEARLY: &[Measure] = &[
    measure(
        "adoption",
        "Domain-years with a deal in force",
        "share",
        Higher,
        "10",
        false,
        "Share of domains with a plan in force.",
    ),
    measure(
        "depth_agreed",
        "Depth agreed",
        "share",
        Higher,
        "10",
        false,
        "Share of the year's joint optimum that full performance of all in force would have given.",
    ),
    measure(
        "depth_delivered",
        "Depth delivered",
        "share",
        Higher,
        "10",
        false,
        "Delivered share of the year's joint optimum.",
    ),
    measure(
        "compliance_count",
        "State-seasons kept",
        "share",
        Higher,
        "10",
        false,
        "Share of state-seasons in which all obligations were meant to be performed.",
    ),
    measure(
        "trust",
        "Trust among members",
        "share",
        Higher,
        "10",
        false,
        "Mean trust among members over domains.",
    ),
    measure("members", "Members", "states", Neither, "10", false, "Members."),
    measure(
        "alive",
        "Organisation alive",
        "share",
        Higher,
        "10",
        false,
        "1 until the fifth year in a row that delivers less than 5 % of the joint optimum.",
    ),
    measure("disputes", "Reported breaches", "1/yr", Lower, "10", false, "Reported breaches."),
    measure(
        "irrigation_deficit",
        "Irrigation deficit",
        "km3/yr",
        Lower,
        "10",
        false,
        "Unmet demand for irrigation.",
    ),
    measure(
        "winter_power_deficit",
        "Winter power deficit",
        "TWh/yr",
        Lower,
        "10",
        false,
        "Unmet winter demand for power.",
    ),
    measure(
        "flood_cost",
        "Cost of winter floods",
        "MUSD/yr",
        Lower,
        "10",
        false,
        "Cost of winter floods.",
    ),
    measure(
        "summer_release",
        "Release in summer",
        "km3/yr",
        Neither,
        "5.1",
        false,
        "Outflow of the decided reservoirs in summer.",
    ),
    measure(
        "winter_release",
        "Release in winter",
        "km3/yr",
        Neither,
        "5.1",
        false,
        "Outflow of the decided reservoirs in winter.",
    ),
    measure(
        "sink_inflow",
        "Water that reaches the sink",
        "km3/yr",
        Higher,
        "10",
        false,
        "Water that reaches the ends of the rivers.",
    ),
    measure(
        "fuel_delivered",
        "Fuel delivered under plans",
        "TWh/yr",
        Neither,
        "10",
        false,
        "Fuel delivered under plans.",
    ),
    measure(
        "gain_per_year",
        "Gain per year",
        "MUSD/yr",
        Higher,
        "10",
        true,
        "Gain net of organisation costs.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_of_the_contract_is_defined_once() {
        let contract = "adoption years_to_first_deal depth_agreed depth_delivered \
            lost_unforeseen lost_outside lost_unratified lost_opted_out lost_resting \
            lost_not_agreed lost_shallow lost_withheld lost_broken lost_slippage lost_duplicated \
            compliance_count compliance_value \
            dry_year_breach gain gain_per_year worst_off_gain gini irrigation_deficit \
            winter_power_deficit flood_cost \
            disputes fines domains_treated_twice decisions_adopted decisions_unperformed \
            ratification_failures members alive dormant_years organisation_cost \
            outside_options_forgone sovereignty_cost transfers \
            gain_percent_gdp loss_probability worst_5_percent summer_release_share sink_inflow \
            fuel_delivered";
        for id in contract.split_whitespace() {
            assert_eq!(MEASURES.iter().filter(|measure| measure.id == id).count(), 1, "{id}");
        }
        assert_eq!(MEASURES.len(), contract.split_whitespace().count());
    }
}
