//! Comparison of the engine and the solvers with known answers from theory and the literature.
//!
//! `just verify` makes the page `docs/verification.md` from these checks; the test fails if the
//! page is stale.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod cooperative;
mod docking;
mod page;
mod patterns;
mod sanctions;
mod strategic;

/// Known answer and the value that the program obtains.
pub struct Known {
    /// Name of the quantity.
    pub what: String,
    /// Source of the answer.
    pub source: &'static str,
    /// Public function or command that obtains the value.
    pub command: String,
    /// Value from the source.
    pub expected: f64,
    /// Value from the program.
    pub obtained: f64,
    /// Largest absolute difference that is allowed.
    pub tolerance: f64,
}

/// Collects known answers; source, command and tolerance apply to all that follow.
#[derive(Default)]
pub struct Checks {
    all: Vec<Known>,
    source: &'static str,
    command: String,
    tolerance: f64,
}

impl Checks {
    /// Creates an empty collection with the tolerance 1e-6.
    pub fn new() -> Self {
        Checks { tolerance: 1e-6, ..Checks::default() }
    }
    /// Sets the source, the command and the tolerance of the answers that follow.
    pub fn from(
        &mut self,
        source: &'static str,
        command: impl Into<String>,
        tolerance: f64,
    ) -> &mut Self {
        (self.source, self.command, self.tolerance) = (source, command.into(), tolerance);
        self
    }
    /// Sets the tolerance of the answers that follow.
    pub fn tolerance(&mut self, tolerance: f64) -> &mut Self {
        self.tolerance = tolerance;
        self
    }
    /// Adds an answer.
    pub fn add(&mut self, what: impl Into<String>, expected: f64, obtained: f64) -> &mut Self {
        let (source, command, tolerance) = (self.source, self.command.clone(), self.tolerance);
        self.all.push(Known { what: what.into(), source, command, expected, obtained, tolerance });
        self
    }
    /// Adds several answers of one kind, numbered from 1.
    pub fn each(&mut self, what: &str, expected: &[f64], obtained: &[f64]) -> &mut Self {
        assert_eq!(expected.len(), obtained.len(), "{what}");
        for (at, (expected, obtained)) in expected.iter().zip(obtained).enumerate() {
            self.add(format!("{what} {}", at + 1), *expected, *obtained);
        }
        self
    }
    /// Returns all answers.
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
        ("Responses to a breach", sanctions::sanctions()),
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
