//! Known answers: what theory and the literature say, and what the engine and the solvers say. The
//! page `docs/verification.md` is made from these checks (`just verify`), and this test fails where
//! it is stale.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod cooperative;
mod docking;
mod page;
mod patterns;
mod strategic;

/// One known answer.
pub struct Known {
    /// What is asked.
    pub what: String,
    /// Where the answer comes from.
    pub source: &'static str,
    /// The public entry that gives ours.
    pub command: String,
    /// The answer.
    pub expected: f64,
    /// Ours.
    pub obtained: f64,
    /// How far they may differ.
    pub tolerance: f64,
}

/// Collects known answers of one source and entry.
#[derive(Default)]
pub struct Checks {
    all: Vec<Known>,
    source: &'static str,
    command: String,
    tolerance: f64,
}

impl Checks {
    /// No answers yet; those that follow are of this source and come from this entry.
    pub fn new() -> Self {
        Checks { tolerance: 1e-6, ..Checks::default() }
    }
    /// Answers that follow are of this source, come from this entry, and may differ by so much.
    pub fn from(
        &mut self,
        source: &'static str,
        command: impl Into<String>,
        tolerance: f64,
    ) -> &mut Self {
        (self.source, self.command, self.tolerance) = (source, command.into(), tolerance);
        self
    }
    /// Answers that follow may differ by so much.
    pub fn tolerance(&mut self, tolerance: f64) -> &mut Self {
        self.tolerance = tolerance;
        self
    }
    /// One answer.
    pub fn add(&mut self, what: impl Into<String>, expected: f64, obtained: f64) -> &mut Self {
        let (source, command, tolerance) = (self.source, self.command.clone(), self.tolerance);
        self.all.push(Known { what: what.into(), source, command, expected, obtained, tolerance });
        self
    }
    /// Several answers of one kind, numbered.
    pub fn each(&mut self, what: &str, expected: &[f64], obtained: &[f64]) -> &mut Self {
        assert_eq!(expected.len(), obtained.len(), "{what}");
        for (at, (expected, obtained)) in expected.iter().zip(obtained).enumerate() {
            self.add(format!("{what} {}", at + 1), *expected, *obtained);
        }
        self
    }
    /// All answers.
    pub fn done(self) -> Vec<Known> {
        self.all
    }
}

#[test]
fn every_known_answer_is_met_and_the_page_says_so() {
    let sections = [
        ("The season swap", docking::swap()),
        ("Votes", docking::voting()),
        ("Depth and linkage", docking::depth_and_linkage()),
        ("False alarms and rivers", docking::alarms_and_rivers()),
        ("Cooperative games", cooperative::games()),
        ("Voting power", cooperative::power()),
        ("Bargaining", strategic::bargaining()),
        ("Coalitions and monitoring", strategic::treaties()),
        ("Behaviour and statistics", strategic::behaviour()),
    ];
    let mut wrong = Vec::new();
    for known in sections.iter().flat_map(|(_, all)| all) {
        let met = (known.expected - known.obtained).abs() <= known.tolerance
            || known.expected == known.obtained;
        if !met {
            wrong.push(format!(
                "{}: {} expected, {} obtained ({})",
                known.what, known.expected, known.obtained, known.command
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    page::check("docs/verification.md", &page::verification(&sections));
}

#[test]
fn the_page_of_patterns_says_what_the_full_model_shows() {
    page::check("docs/patterns.md", &page::patterns(&patterns::all()));
}
