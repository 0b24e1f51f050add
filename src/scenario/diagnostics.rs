//! Messages about faulty input: file, line, value, reason and remedy. All mistakes are collected
//! and reported together.

use crate::scenario::origin::{Origin, Source};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use std::fmt;
use std::sync::Arc;

/// A mistake in the input.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    code: &'static str,
    message: String,
    label: Option<(Origin, String)>,
    help: Option<String>,
}

impl Diagnostic {
    /// Creates a mistake with a code for its kind and a message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { code, message: message.into(), label: None, help: None }
    }
    /// Adds the position of the mistake and a label for it.
    #[must_use]
    pub fn at(mut self, origin: Origin, label: impl Into<String>) -> Self {
        self.label = Some((origin, label.into()));
        self
    }
    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.message
    }
    /// Returns the code for the kind of the mistake.
    pub fn code(&self) -> &'static str {
        self.code
    }
    /// Returns the remedy, if it is known.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
    /// Returns the position, if the mistake has one.
    pub fn origin(&self) -> Option<Origin> {
        self.label.as_ref().map(|(origin, _)| *origin)
    }
}

/// Mistakes and the sources to which they refer.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    /// Sources by index.
    pub sources: Vec<Source>,
    mistakes: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a source and returns its index.
    pub fn source(
        &mut self,
        name: impl Into<String>,
        relative: impl Into<String>,
        text: impl Into<String>,
    ) -> usize {
        self.sources.push(Source {
            name: name.into(),
            relative: relative.into(),
            text: text.into(),
        });
        self.sources.len() - 1
    }
    /// Adds a mistake.
    pub fn push(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }
    /// Whether there is no mistake.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }
    /// Returns the mistakes in the order in which they were found.
    pub fn mistakes(&self) -> &[Diagnostic] {
        &self.mistakes
    }
    /// Returns file, line and column of a mistake; line and column count from 1. The file of an
    /// override is `--set`. Returns `None` if the mistake has no position.
    pub fn place(&self, mistake: &Diagnostic) -> Option<(&str, usize, usize)> {
        let origin = mistake.origin()?;
        let source = self.sources.get(origin.source)?;
        let before = source.text.get(..origin.start.min(source.text.len()))?;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        Some((&source.name, before.matches('\n').count() + 1, column + 1))
    }
    /// Adds the mistakes and sources of another set.
    pub fn absorb(&mut self, other: Diagnostics) {
        let shift = self.sources.len();
        self.sources.extend(other.sources);
        self.mistakes.extend(other.mistakes.into_iter().map(|mut mistake| {
            if let Some((origin, _)) = &mut mistake.label {
                origin.source += shift;
            }
            mistake
        }));
    }

    /// Returns all mistakes as text, in the order of the files.
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::none() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(110)
            .with_links(false)
            .with_context_lines(1)
            .tab_width(4);
        let sources: Vec<Arc<NamedSource<String>>> = self
            .sources
            .iter()
            .map(|source| Arc::new(NamedSource::new(&source.name, source.text.clone())))
            .collect();
        let mut order: Vec<&Diagnostic> = self.mistakes.iter().collect();
        order.sort_by_key(|mistake| mistake.origin().map(|origin| (origin.source, origin.start)));
        let mut out = String::new();
        for mistake in order {
            let source = mistake.origin().map(|origin| Arc::clone(&sources[origin.source]));
            let report = Rendered { mistake, source, text_length: self.length(mistake) };
            // Writing into a String cannot fail.
            let _ = handler.render_report(&mut out, &report);
            out.push('\n');
        }
        out
    }

    fn length(&self, mistake: &Diagnostic) -> usize {
        mistake.origin().map_or(0, |origin| self.sources[origin.source].text.trim_end().len())
    }
}

/// A mistake in the form that miette requires.
#[derive(Debug)]
struct Rendered<'a> {
    mistake: &'a Diagnostic,
    source: Option<Arc<NamedSource<String>>>,
    text_length: usize,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistake.message)
    }
}

impl std::error::Error for Rendered<'_> {}

impl miette::Diagnostic for Rendered<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.mistake.code))
    }
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.mistake.help.as_ref().map(|help| Box::new(help) as _)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_deref().map(|source| source as _)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (origin, label) = self.mistake.label.as_ref()?;
        let end = origin.end.min(self.text_length);
        let start = origin.start.min(end);
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(
            Some(label.clone()),
            start..end,
        ))))
    }
}

/// Returns the name nearest to a word, if one is within a single typing error or has a Jaro-Winkler
/// similarity above 0.75.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    names
        .into_iter()
        .map(|name| {
            let lower = name.to_lowercase();
            let one_slip = word.len() > 1 && strsim::damerau_levenshtein(&word, &lower) <= 1;
            (one_slip, strsim::jaro_winkler(&word, &lower), name)
        })
        .filter(|(one_slip, likeness, _)| *one_slip || *likeness > 0.75)
        .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, _, name)| name)
}

/// Returns a hint for an unknown name: "did you mean …? valid: …", with at most 24 names.
pub fn suggest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let list = match names.len() {
        0 => "there is nothing to choose from".to_string(),
        1..=24 => format!("valid: {}", names.join(", ")),
        more => format!("valid: {}, … ({more} in all)", names[..24].join(", ")),
    };
    match nearest(word, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? {list}"),
        None => list,
    }
}
