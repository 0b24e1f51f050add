//! Origins: the positions in sources where values were written.

use std::ops::Range;

/// Position where something was written: a source and a byte range in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Index of the source in `Diagnostics::sources`.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Origin {
    /// Creates the origin of a byte range of a source.
    pub fn new(source: usize, span: Range<usize>) -> Self {
        Origin { source, start: span.start, end: span.end }
    }
}

/// A text from which values are read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name shown in messages, usually a path.
    pub name: String,
    /// Path relative to the folder of the scenario, used for copies.
    pub relative: String,
    /// The text.
    pub text: String,
}
