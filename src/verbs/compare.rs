//! Comparison of designs on common draws (ODD §11).

use super::outcomes::Setup;
use super::run_inputs::{self, RunInputs, Until, measure, pilot_seconds, simulate};
use super::traced::check_trace;
use super::{Outcomes, ProgressObserver, Settings, VerbError, WithoutProgress};
use crate::analysis::band::{self, Band, Setting};
use crate::analysis::comparison::{self, Difference, Rank};
use crate::experiment::RunPlan;
use crate::experiment::measure_columns::columns;
use crate::experiment::measures::{MEASURES, needs_account};
use crate::output::{Frame, RunFolder, comparisons};
use crate::report::{headline, plots};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// Options of the verb `compare`.
#[derive(Debug, Args)]
pub struct Request {
    /// Scenario: a file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Organisations, separated by commas: files or built-in names, each with its own changes as
    /// NAME@path=value. Repeatable.
    #[arg(long, value_name = "A,B,…", required = true)]
    pub org: Vec<String>,
    /// Measure of the region by which designs are ranked.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    pub by: String,
    /// Do not rank again over the precision of choices λ.
    #[arg(long)]
    pub no_band: bool,
    /// Also rank under other structural choices: bargaining rule, depth levels, standing or yearly
    /// decisions, commercial fuel, reckoning with debtors, and the responses of `--responses`.
    #[arg(long)]
    pub structure: bool,
    /// Also rank under other responses to a breach, the same for all designs: none, reciprocity,
    /// graduated, collapse with a chance of 0.1 and 0.5.
    #[arg(long)]
    pub responses: bool,
    /// Replication to trace: all its events under each organisation go to trace.csv and into the
    /// page (default: one in which the first organisation has its median).
    #[arg(long, value_name = "R")]
    pub trace: Option<u64>,
    /// Stopping by precision.
    #[command(flatten)]
    pub until: Until,
    /// Options shared by all verbs that simulate.
    #[command(flatten)]
    pub settings: Settings,
}

/// Splits a list at commas outside brackets and quotes; empty items are dropped.
pub fn list(texts: &[String]) -> Vec<String> {
    let mut items = Vec::new();
    for text in texts {
        let (mut depth, mut quoted, mut item) = (0i32, false, String::new());
        for c in text.chars() {
            match c {
                '"' => quoted = !quoted,
                '{' | '[' if !quoted => depth += 1,
                '}' | ']' if !quoted => depth -= 1,
                _ => {}
            }
            if c == ',' && depth == 0 && !quoted {
                items.push(std::mem::take(&mut item));
            } else {
                item.push(c);
            }
        }
        items.push(item);
    }
    items.into_iter().map(|item| item.trim().to_string()).filter(|item| !item.is_empty()).collect()
}

impl Request {
    /// Loads scenario and designs. Fails if there are fewer than two designs or an option is
    /// invalid.
    pub fn setup(&self) -> Result<Setup, VerbError> {
        let by = measure(&self.by)?;
        let organisations = list(&self.org);
        if organisations.len() < 2 {
            let help = "name two organisations or more: --org caco-2002,ucas-2007".to_string();
            return Err(
                load::refuse("org", "one organisation cannot be compared".into(), help).into()
            );
        }
        let mut inputs = RunInputs::load(&self.scenario, &organisations, &self.settings)?;
        self.until.most(&mut inputs);
        check_trace(self.trace, inputs.replications)?;
        let until = self.until.hashed();
        let Request { by: measured, no_band, structure, trace, .. } = self;
        let hash =
            inputs.hash("compare", &format!("{measured} {no_band} {structure} {trace:?}{until}"));
        let (engine, names) = (inputs.engine(Vec::new()), inputs.names.clone());
        Ok(Setup { inputs, engine, names, hash, by, trace: self.trace, until: self.until.clone() })
    }

    /// Returns the numbers of replications and designs, memory, disk space and the time measured on
    /// a pilot.
    pub fn forecast(&self, setup: &Setup) -> Result<String, VerbError> {
        let inputs = &setup.inputs;
        let threads = run_inputs::threads(self.settings.threads);
        let main = pilot_seconds(&setup.engine, inputs.replications)? / threads as f64;
        let part = band::replications(inputs.replications) as f64 / inputs.replications as f64;
        let settings =
            if self.no_band { 0 } else { band::lambdas().len() } + self.structures().len();
        let cells = inputs.replications * columns(inputs.loaded.scenario.states.len()).len() as u64;
        let cells = cells * inputs.names.len() as u64;
        Ok(format!(
            "{} replications of {} years, organisations {}\nabout {:.1} s on {threads} threads, \
             bands included, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            inputs.replications,
            inputs.loaded.scenario.horizon,
            inputs.names.join(", "),
            main * (1.0 + part * settings as f64),
            cells as f64 * 8.0 / 1e6,
            cells as f64 * 18.0 / 1e6,
            setup.path().display(),
        ))
    }

    /// Returns the settings of the structural band that is asked for; none if it is not.
    fn structures(&self) -> Vec<Setting> {
        match (self.structure, self.responses) {
            (true, _) => band::structures(),
            (false, true) => band::responses(),
            (false, false) => Vec::new(),
        }
    }

    /// Simulates all designs, and ranks them also under other settings as the options say.
    pub fn simulate(
        &self,
        setup: Setup,
        observer: &dyn ProgressObserver,
    ) -> Result<Comparison, VerbError> {
        let outcomes = setup.simulate(observer)?;
        let (designs, states) =
            (outcomes.inputs.names.len(), outcomes.engine.scenario.states.len());
        let differences = comparison::differences(&outcomes.summary, designs, states);
        let ranking = comparison::ranking(&outcomes.summary, designs, outcomes.by);
        let under = |settings: &[Setting]| rank_under(&outcomes, settings, observer);
        let lambda = if self.no_band { None } else { Some(under(&band::lambdas())?) };
        let settings = self.structures();
        let structure = if settings.is_empty() { None } else { Some(under(&settings)?) };
        Ok(Comparison { outcomes, differences, ranking, lambda, structure })
    }
}

/// Ranks the designs under other settings, on fewer replications.
fn rank_under(
    outcomes: &Outcomes,
    settings: &[Setting],
    observer: &dyn ProgressObserver,
) -> Result<Band, VerbError> {
    let inputs = &outcomes.inputs;
    let plan = RunPlan {
        replications: band::replications(inputs.replications),
        threads: inputs.settings.threads,
    };
    let mut rankings = Vec::new();
    for setting in settings {
        let (mut scenario, mut designs) = (
            inputs.loaded.scenario.clone(),
            inputs.designs.iter().map(|d| d.design.clone()).collect::<Vec<_>>(),
        );
        setting.apply(&mut scenario, &mut designs);
        let account = needs_account(MEASURES[outcomes.by].id);
        let engine = Engine::new(scenario, designs, inputs.seed).with_account(account);
        let played = simulate(&engine, plan, &WithoutProgress(observer))?;
        rankings.push((
            setting.clone(),
            comparison::ranking(&played.summary, inputs.names.len(), outcomes.by),
        ));
    }
    Ok(Band { replications: plan.replications, rankings })
}

/// Results of a comparison.
pub struct Comparison {
    /// Results of the designs by replication and year.
    pub outcomes: Outcomes,
    /// Paired differences of all pairs of designs.
    pub differences: Vec<Difference>,
    /// Ranking of the designs.
    pub ranking: Vec<Rank>,
    /// Rankings over the precision of choices λ; `None` if not requested.
    pub lambda: Option<Band>,
    /// Rankings under other structural choices; `None` if not requested.
    pub structure: Option<Band>,
}

impl Comparison {
    /// Returns the data for plots and text.
    pub fn material(&self) -> plots::ComparisonMaterial<'_> {
        let Outcomes { inputs, engine, by, summary, years, losses, .. } = &self.outcomes;
        plots::ComparisonMaterial {
            scenario: &engine.scenario,
            names: &inputs.names,
            by: *by,
            summary,
            years,
            losses,
            ranking: &self.ranking,
            lambda: self.lambda.as_ref(),
            structure: self.structure.as_ref(),
        }
    }

    /// Returns the table `differences.csv`: paired differences of every pair, measure and state.
    pub fn differences(&self) -> Frame {
        comparisons::differences(
            &self.outcomes.engine.scenario,
            &self.outcomes.inputs.names,
            &self.differences,
        )
    }

    /// Returns the table `ranking.csv`: the ranking with ties.
    pub fn ranking(&self) -> Frame {
        let Outcomes { inputs, engine, by, summary, .. } = &self.outcomes;
        comparisons::ranking(&engine.scenario, &inputs.names, *by, &self.ranking, summary)
    }

    /// Returns the tables of the rankings over λ and over structural choices, with their names.
    pub fn bands(&self) -> Vec<(&'static str, Frame)> {
        let table =
            |band: &Band| comparisons::band(&self.outcomes.inputs.names, self.outcomes.by, band);
        let bands = [("lambda_band", &self.lambda), ("structure_band", &self.structure)];
        bands.into_iter().filter_map(|(name, band)| Some((name, table(band.as_ref()?)))).collect()
    }

    /// Writes tables, plots and page, and moves the folder to its final name.
    pub fn keep(
        &self,
        folder: RunFolder,
        observer: &dyn ProgressObserver,
    ) -> Result<PathBuf, VerbError> {
        self.outcomes.write(&folder)?;
        self.differences().write(&folder, "differences.csv")?;
        self.ranking().write(&folder, "ranking.csv")?;
        for (name, band) in self.bands() {
            band.write(&folder, &format!("{name}.csv"))?;
        }
        let material = self.material();
        plots::write_comparison(&material, &folder)?;
        let Outcomes { inputs, hash, .. } = &self.outcomes;
        let headline = headline::comparison(&material, &inputs.figure_kinds());
        inputs.conclude(
            folder,
            hash,
            self.outcomes.failed().0,
            observer.interrupted(),
            ("compare", headline),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn lists_are_split_at_commas_outside_brackets() {
        let texts = ["a,b@sanctions.fine={multiple=1.5, x=2}".to_string(), "c".to_string()];
        assert_eq!(list(&texts), ["a", "b@sanctions.fine={multiple=1.5, x=2}", "c"]);
    }
}
