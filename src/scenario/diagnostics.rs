//! Messages about bad input: file, line, value, reason, remedy; all of them at once.

use crate::scenario::origin::{Origin, Source};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use std::fmt;
use std::sync::Arc;

/// One mistake.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    code: &'static str,
    message: String,
    label: Option<(Origin, String)>,
    help: Option<String>,
}

impl Diagnostic {
    /// A mistake of a kind, in words.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { code, message: message.into(), label: None, help: None }
    }
    /// Where it is.
    #[must_use]
    pub fn at(mut self, origin: Origin, label: impl Into<String>) -> Self {
        self.label = Some((origin, label.into()));
        self
    }
    /// How to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
    /// What kind of mistake it is.
    pub fn code(&self) -> &'static str {
        self.code
    }
    /// How to mend it, if that is known.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
    /// Where it is, if it has a place.
    pub fn origin(&self) -> Option<Origin> {
        self.label.as_ref().map(|(origin, _)| *origin)
    }
}

/// The mistakes found so far and the sources they point into.
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
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }
    /// The mistakes.
    pub fn mistakes(&self) -> &[Diagnostic] {
        &self.mistakes
    }
    /// File, line and column of a mistake, the latter two from 1; `--set` for one in an option.
    /// None if it has no place.
    pub fn place(&self, mistake: &Diagnostic) -> Option<(&str, usize, usize)> {
        let origin = mistake.origin()?;
        let source = self.sources.get(origin.source)?;
        let before = source.text.get(..origin.start.min(source.text.len()))?;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        Some((&source.name, before.matches('\n').count() + 1, column + 1))
    }
    /// Takes over another set's mistakes and sources.
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

    /// All mistakes as text, in the order of the files.
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

/// A mistake as miette wants it.
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

/// The nearest of some names, if one is near: a single slip of the keys away, or alike.
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

/// "did you mean …? valid: …" for a name that is not one of these.
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
