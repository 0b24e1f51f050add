//! Adds up the effects of an organisation's organs.

use crate::scenario::raw::organisation::{OrganEffect, OrganisationFile};
use crate::scenario::resolve::validator::{Validator, is_id};

/// What the organs of an organisation do together.
#[derive(Debug, Clone, Copy)]
pub(in crate::scenario) struct Organs {
    /// Cost, MUSD per year.
    pub cost: f64,
    /// Factor on the number of depth levels.
    pub depth_factor: usize,
    /// Increase of the probability that a breach is reported.
    pub detection: f64,
    /// Whether a rejected proposal may be voted on once more.
    pub reconciles: bool,
    /// Good pseudo-counts per year, domain and pair of members.
    pub counts: f64,
    /// Share by which slippage is reduced.
    pub implementation: f64,
    /// Factor on the probabilities of ratification.
    pub hazard_factor: f64,
    /// Reduction of the threshold of ratification, stakes.
    pub threshold: f64,
    /// Increase of the share of damage that agreed efforts avert.
    pub efficacy: f64,
}

impl Organs {
    /// Adds up the organs of a file. Effects without an object are mistakes.
    pub(in crate::scenario) fn of(file: &OrganisationFile, validator: &mut Validator<'_>) -> Self {
        let mut all = Organs {
            cost: 0.0,
            depth_factor: 1,
            detection: 0.0,
            reconciles: false,
            counts: 0.0,
            implementation: 0.0,
            hazard_factor: 1.0,
            threshold: 0.0,
            efficacy: 0.0,
        };
        for (name, organ) in &file.organs {
            if !is_id(name) {
                validator.wrong_key(
                    &format!("organs.{name}"),
                    format!("`{name}` cannot name an organ"),
                    "used in tables",
                    "use letters, digits, `-` and `_`".into(),
                );
            }
            if let Some((message, help)) = without_object(file, &organ.effect) {
                let path = format!("organs.{name}.effect");
                validator.mistake(&path, message.into(), "without effect", help.into());
            }
            all.cost += organ.cost;
            all.add(&organ.effect);
        }
        all
    }

    fn add(&mut self, effect: &OrganEffect) {
        match *effect {
            OrganEffect::None => {}
            OrganEffect::Prepares(factor) => {
                self.depth_factor = self.depth_factor.max(factor as usize)
            }
            OrganEffect::Supervises(detection) => self.detection += detection,
            OrganEffect::Reconciles => self.reconciles = true,
            OrganEffect::Informs(counts) => self.counts += counts,
            OrganEffect::Implements(share) => {
                self.implementation += (1.0 - self.implementation) * share
            }
            OrganEffect::Ratifies(table) => {
                self.hazard_factor *= table.hazard_factor;
                self.threshold += table.threshold;
            }
            OrganEffect::Exchanges(efficacy) => self.efficacy += efficacy,
        }
    }
}

/// Returns what an effect lacks in this organisation, with a remedy.
fn without_object(
    file: &OrganisationFile,
    effect: &OrganEffect,
) -> Option<(&'static str, &'static str)> {
    let ratification = &file.ratification;
    match effect {
        // Without legal force frameworks need no ratification, and the organ has no effect, like
        // other rules on what binds.
        OrganEffect::Ratifies(table)
            if !ratification.frameworks
                && (ratification.founding.is_none() || table.hazard_factor == 1.0) =>
        {
            Some((
                "this organ speeds ratification, but nothing needs ratification",
                "set `ratification.founding`, or `ratification.frameworks = true`, or give it \
                 another effect",
            ))
        }
        OrganEffect::Exchanges(_) if !file.agenda.iter().any(|name| name == "security") => Some((
            "this organ exchanges information on threats, but security is not on the agenda",
            "add \"security\" to `agenda`, or state another effect",
        )),
        _ if file.agenda.is_empty() && *effect != OrganEffect::None => {
            Some(("this organ has an effect, but there is no agenda", "name domains in `agenda`"))
        }
        _ => None,
    }
}
