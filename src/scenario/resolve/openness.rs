//! Resolves transport, tariffs, customs union and labour into one form: states open to each other
//! at a quadratic cost (ODD §5.2).

use crate::scenario::raw::{CustomsUnionTable, LabourTable, TariffTable, TransportTable};
use crate::scenario::resolve::validator::{Validator, state_at};
use crate::scenario::types::{DomainKind, Openness, State};
use indexmap::IndexMap;

/// The file's states, and the place of a table in it.
pub(in crate::scenario) struct Place<'a> {
    pub ids: &'a [String],
    pub states: &'a [State],
    pub path: &'a str,
}

impl Place<'_> {
    /// Returns numbers by state; `None` for states without an entry.
    fn by_state(
        &self,
        key: &str,
        given: &IndexMap<String, f64>,
        validator: &mut Validator<'_>,
    ) -> Vec<Option<f64>> {
        let mut found = vec![None; self.ids.len()];
        for (name, &value) in given {
            let path = format!("{}.{key}.{name}", self.path);
            if let Some(state) = state_at(name, &path, self.ids, validator, true) {
                found[state] = Some(value);
            }
        }
        found
    }

    /// Returns numbers by pair of states, `[row * n + column]`; 0 where none is given.
    fn by_pair(
        &self,
        (key, what, unit): (&str, &str, &str),
        given: &IndexMap<String, IndexMap<String, f64>>,
        validator: &mut Validator<'_>,
    ) -> Vec<f64> {
        let n = self.ids.len();
        let mut found = vec![0.0; n * n];
        for (row, columns) in given {
            let path = format!("{}.{key}.{row}", self.path);
            let Some(i) = state_at(row, &path, self.ids, validator, true) else { continue };
            for (column, &value) in columns {
                let path = format!("{path}.{column}");
                let Some(j) = state_at(column, &path, self.ids, validator, true) else {
                    continue;
                };
                if i == j {
                    validator.mistake(
                        &path,
                        format!("{row} has no {what} from itself"),
                        "same state twice",
                        "remove it".into(),
                    );
                }
                if value.is_nan() || value < 0.0 {
                    validator.mistake(
                        &path,
                        format!("{what} cannot be {value}"),
                        "out of range",
                        format!("they must be 0 or more {unit}"),
                    );
                }
                found[i * n + j] = value;
            }
        }
        found
    }

    /// Refuses a state that gives something up, but has no cost of doing so.
    fn need_cost(
        &self,
        key: &str,
        costs: &[Option<f64>],
        opens: impl Fn(usize) -> bool,
        validator: &mut Validator<'_>,
    ) {
        for (state, id) in self.ids.iter().enumerate() {
            if opens(state) && costs[state].is_none() {
                validator.mistake(
                    &format!("{}.{key}", self.path),
                    format!("no cost is given for {id}"),
                    "incomplete",
                    format!("add {id} to `{key}`"),
                );
            }
        }
    }

    /// Returns the openness with gains `spillover(i, j)` to j from the opening of i.
    fn openness(
        &self,
        kind: DomainKind,
        costs: Vec<Option<f64>>,
        growth: f64,
        spillover: impl Fn(usize, usize) -> f64,
    ) -> Openness {
        let n = self.ids.len();
        let mut gains = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                gains[i * n + j] = spillover(i, j) * self.states[j].development;
            }
        }
        Openness { kind, costs, spillover: gains, growth }
    }
}

/// Resolves transport and trade.
pub(in crate::scenario) fn transport(
    table: &TransportTable,
    place: &Place<'_>,
    validator: &mut Validator<'_>,
) -> Openness {
    let n = place.ids.len();
    let rents = place.by_state("border_rents", &table.border_rents, validator);
    let imports = place.by_pair(("imports", "imports", "MUSD/yr"), &table.imports, validator);
    place.openness(DomainKind::Transport, rents, table.growth, |i, j| {
        if i == j {
            let own = (0..n).map(|from| table.consumer_weight * imports[i * n + from]);
            own.fold(0.0, |sum, part| sum + part * table.cost_cut)
        } else {
            let (imports, exports) = (imports[i * n + j], imports[j * n + i]);
            table.consumer_weight * exports * table.cost_cut
                + imports * table.cost_cut * table.elasticity * table.margin
        }
    })
}

/// Resolves a free trade area. A cut m of tariff t gives consumers ω·X·t·m less the revenue X·t·m,
/// and exporters X·t·m·η·margin.
pub(in crate::scenario) fn tariffs(
    table: &TariffTable,
    place: &Place<'_>,
    validator: &mut Validator<'_>,
) -> Openness {
    let n = place.ids.len();
    let rates = place.by_state("rates", &table.rates, validator);
    let mut costs = place.by_state("political_cost", &table.political_cost, validator);
    place.need_cost("political_cost", &costs, |state| rates[state].is_some(), validator);
    for (state, cost) in costs.iter_mut().enumerate() {
        *cost = cost.filter(|_| rates[state].is_some());
    }
    let imports = place.by_pair(("imports", "imports", "MUSD/yr"), &table.imports, validator);
    let cut = |i: usize, j: usize| imports[i * n + j] * rates[i].unwrap_or(0.0);
    place.openness(DomainKind::Tariffs, costs, table.growth, |i, j| {
        if i == j {
            (table.consumer_weight - 1.0) * (0..n).map(|from| cut(i, from)).sum::<f64>()
        } else {
            cut(i, j) * table.elasticity * table.margin
        }
    })
}

/// Resolves a customs union. A state that applies the share m of the common tariff saves half of
/// the saving on its trade with each other state, which saves the other half.
pub(in crate::scenario) fn customs_union(
    table: &CustomsUnionTable,
    place: &Place<'_>,
    validator: &mut Validator<'_>,
) -> Openness {
    let n = place.ids.len();
    let imports = place.by_pair(("imports", "imports", "MUSD/yr"), &table.imports, validator);
    let (mut costs, mut linear) = (vec![None; n], vec![0.0; n]);
    for (name, terms) in &table.states {
        let path = format!("{}.states.{name}", place.path);
        if let Some(state) = state_at(name, &path, place.ids, validator, true) {
            costs[state] = Some(terms.political_cost);
            linear[state] = terms.revenue - terms.dearer_imports - terms.wto_cost;
        }
    }
    let revenue: f64 = table.states.values().map(|terms| terms.revenue).sum();
    if revenue.abs() > 1e-6 {
        validator.mistake(
            &format!("{}.states", place.path),
            format!("the states receive {revenue} MUSD/yr more than is collected"),
            "not a division",
            "revenues of all states must add up to 0".into(),
        );
    }
    let trade = |i: usize, j: usize| imports[i * n + j] + imports[j * n + i];
    place.openness(DomainKind::CustomsUnion, costs, table.growth, |i, j| {
        if i == j {
            let saved = (0..n).map(|other| trade(i, other)).sum::<f64>() * table.saving / 4.0;
            saved + linear[i]
        } else {
            trade(i, j) * table.saving / 4.0
        }
    })
}

/// Resolves labour.
pub(in crate::scenario) fn labour(
    table: &LabourTable,
    place: &Place<'_>,
    validator: &mut Validator<'_>,
) -> Openness {
    let n = place.ids.len();
    let costs = place.by_state("political_cost", &table.political_cost, validator);
    let workers = place.by_pair(("workers", "workers", "thousand"), &table.workers, validator);
    let receives = |state: usize| workers[state * n..(state + 1) * n].iter().any(|&w| w > 0.0);
    place.need_cost("political_cost", &costs, receives, validator);
    place.openness(DomainKind::Labour, costs, table.growth, |i, j| {
        if i == j {
            table.receiver_gain * workers[i * n..(i + 1) * n].iter().sum::<f64>()
        } else {
            table.remittances * workers[i * n + j]
        }
    })
}
