//! Designs compared on the same fates.

use super::fates::Setup;
use super::session::{self, Session, Until, measure, pilot_seconds, play};
use super::telling::check_trace;
use super::{Attendant, Fates, Settings, Trouble, Unheard};
use crate::analysis::band::{self, Band, Setting};
use crate::analysis::comparison::{self, Difference, Rank};
use crate::experiment::RunPlan;
use crate::experiment::measures::columns;
use crate::output::{Frame, RunFolder, comparisons};
use crate::report::{lead, plots};
use crate::scenario::load;
use crate::simulation::Engine;
use clap::Args;
use std::path::PathBuf;

/// What can be asked of a comparison.
#[derive(Debug, Args)]
pub struct Request {
    /// A file, a folder with scenario.toml, or a built-in name.
    pub scenario: String,
    /// Organisations, separated by commas: files or built-in names, each with changes of its own as
    /// NAME@path=value. Repeatable.
    #[arg(long, value_name = "A,B,…", required = true)]
    pub org: Vec<String>,
    /// Measure of the region by which designs are ranked.
    #[arg(long, value_name = "MEASURE", default_value = "gain")]
    pub by: String,
    /// Leave the band of behavioural precision λ out.
    #[arg(long)]
    pub no_band: bool,
    /// Also rank under other structural choices: bargaining rule, rungs, standing or yearly decisions, commercial fuel.
    #[arg(long)]
    pub structure: bool,
    /// The replication whose every event under each organisation goes to trace.csv and into the page (default: one in
    /// which the first organisation has its median).
    #[arg(long, value_name = "R")]
    pub trace: Option<u64>,
    /// When to stop.
    #[command(flatten)]
    pub until: Until,
    /// What all verbs share.
    #[command(flatten)]
    pub settings: Settings,
}

/// Splits a list at commas that stand outside brackets and quotes.
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
    /// Loads what is to be played.
    pub fn setup(&self) -> Result<Setup, Trouble> {
        let by = measure(&self.by)?;
        let organisations = list(&self.org);
        if organisations.len() < 2 {
            let help = "name two organisations or more: --org caco-2002,ucas-2007".to_string();
            return Err(load::refuse("org", "one organisation cannot be compared".into(), help).into());
        }
        let mut session = Session::load(&self.scenario, &organisations, &self.settings)?;
        self.until.most(&mut session);
        check_trace(self.trace, session.replications)?;
        let until = self.until.hashed();
        let Request { by: measured, no_band, structure, trace, .. } = self;
        let hash = session.hash("compare", &format!("{measured} {no_band} {structure} {trace:?}{until}"));
        let (engine, names) = (session.engine(Vec::new()), session.names.clone());
        Ok(Setup { session, engine, names, hash, by, trace: self.trace, until: self.until.clone() })
    }

    /// Counts, memory and time: measured on a few fates.
    pub fn forecast(&self, setup: &Setup) -> Result<String, Trouble> {
        let session = &setup.session;
        let threads = session::threads(self.settings.threads);
        let main = pilot_seconds(&setup.engine, session.replications)? / threads as f64;
        let part = band::replications(session.replications) as f64 / session.replications as f64;
        let settings = if self.no_band { 0 } else { band::lambdas().len() }
            + if self.structure { band::structures().len() } else { 0 };
        let cells = session.replications * columns(session.loaded.scenario.states.len()).len() as u64;
        let cells = cells * session.names.len() as u64;
        Ok(format!(
            "{} fates of {} years, organisations {}\nabout {:.1} s on {threads} threads, bands included, {:.0} MB of memory for results, {:.0} MB on disk\nfolder: {}\n",
            session.replications,
            session.loaded.scenario.horizon,
            session.names.join(", "),
            main * (1.0 + part * settings as f64),
            cells as f64 * 8.0 / 1e6,
            cells as f64 * 18.0 / 1e6,
            setup.path().display(),
        ))
    }

    /// Plays it.
    pub fn play(&self, setup: Setup, attendant: &dyn Attendant) -> Result<Comparison, Trouble> {
        let fates = setup.play(attendant)?;
        let (designs, states) = (fates.session.names.len(), fates.engine.scenario.states.len());
        let differences = comparison::differences(&fates.summary, designs, states);
        let ranking = comparison::ranking(&fates.summary, designs, fates.by);
        let under = |settings: &[Setting]| rank_under(&fates, settings, attendant);
        let lambda = if self.no_band { None } else { Some(under(&band::lambdas())?) };
        let structure = if self.structure { Some(under(&band::structures())?) } else { None };
        Ok(Comparison { fates, differences, ranking, lambda, structure })
    }
}

/// The ranking under other settings, on fewer fates.
fn rank_under(fates: &Fates, settings: &[Setting], attendant: &dyn Attendant) -> Result<Band, Trouble> {
    let session = &fates.session;
    let plan = RunPlan { replications: band::replications(session.replications), threads: session.settings.threads };
    let mut rankings = Vec::new();
    for setting in settings {
        let (mut scenario, mut designs) =
            (session.loaded.scenario.clone(), session.designs.iter().map(|d| d.design.clone()).collect::<Vec<_>>());
        setting.apply(&mut scenario, &mut designs);
        let engine = Engine::new(scenario, designs, session.seed);
        let played = play(&engine, plan, &Unheard(attendant))?;
        rankings.push((setting.clone(), comparison::ranking(&played.summary, session.names.len(), fates.by)));
    }
    Ok(Band { replications: plan.replications, rankings })
}

/// What a comparison came to.
pub struct Comparison {
    /// The fates played.
    pub fates: Fates,
    /// Paired differences of all pairs.
    pub differences: Vec<Difference>,
    /// The order of designs.
    pub ranking: Vec<Rank>,
    /// The order under other precisions of behaviour.
    pub lambda: Option<Band>,
    /// The order under other structural choices.
    pub structure: Option<Band>,
}

impl Comparison {
    /// What plots and words are made from.
    pub fn material(&self) -> plots::Contest<'_> {
        let Fates { session, engine, by, summary, years, .. } = &self.fates;
        plots::Contest {
            scenario: &engine.scenario,
            names: &session.names,
            by: *by,
            summary,
            years,
            ranking: &self.ranking,
            lambda: self.lambda.as_ref(),
            structure: self.structure.as_ref(),
        }
    }

    /// Paired differences of every pair, measure and state.
    pub fn differences(&self) -> Frame {
        comparisons::differences(&self.fates.engine.scenario, &self.fates.session.names, &self.differences)
    }

    /// The order of designs with ties.
    pub fn ranking(&self) -> Frame {
        comparisons::ranking(&self.fates.session.names, self.fates.by, &self.ranking)
    }

    /// The order under other settings: of λ, of the structure.
    pub fn bands(&self) -> Vec<(&'static str, Frame)> {
        let table = |band: &Band| comparisons::band(&self.fates.session.names, self.fates.by, band);
        let bands = [("lambda_band", &self.lambda), ("structure_band", &self.structure)];
        bands.into_iter().filter_map(|(name, band)| Some((name, table(band.as_ref()?)))).collect()
    }

    /// Writes tables, plots and page, and gives the folder its name.
    pub fn keep(&self, folder: RunFolder, attendant: &dyn Attendant) -> Result<PathBuf, Trouble> {
        self.fates.write(&folder)?;
        self.differences().write(&folder, "differences.csv")?;
        self.ranking().write(&folder, "ranking.csv")?;
        for (name, band) in self.bands() {
            band.write(&folder, &format!("{name}.csv"))?;
        }
        let material = self.material();
        plots::write_contest(&material, &folder)?;
        let Fates { session, hash, .. } = &self.fates;
        let lead = lead::comparison(&material, &session.figure_kinds());
        session.conclude(folder, hash, self.fates.failed().0, attendant.interrupted(), ("compare", lead))
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
