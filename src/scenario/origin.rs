//! Where something was written.

use std::ops::Range;

/// Where something was written: a source and a byte range in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Index of the source.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Origin {
    /// A range of a source.
    pub fn new(source: usize, span: Range<usize>) -> Self {
        Origin { source, start: span.start, end: span.end }
    }
}

/// A text that values come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name shown in messages, usually a path.
    pub name: String,
    /// Path relative to the scenario's folder, for copies.
    pub relative: String,
    /// The text.
    pub text: String,
}
