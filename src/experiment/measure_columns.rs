//! Columns of tables: each measure for the region and, where it is given, for every state.

use super::measures::{ACROSS, MEASURES, Measure, YEARLY};

/// A column: a measure for a state, or for the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Position in the list of measures.
    pub measure: usize,
    /// The state, or `None` for the region.
    pub state: Option<usize>,
}

fn columns_of(
    list: &'static [Measure],
    states: usize,
    keep: impl Fn(&Measure) -> bool,
) -> Vec<Column> {
    let mut columns = Vec::new();
    for (measure, definition) in list.iter().enumerate().filter(|(_, definition)| keep(definition))
    {
        columns.push(Column { measure, state: None });
        if definition.per_state {
            columns.extend((0..states).map(|state| Column { measure, state: Some(state) }));
        }
    }
    columns
}

/// Returns the columns of a replication's row: by measure, first the region, then the states.
pub fn columns(states: usize) -> Vec<Column> {
    columns_of(MEASURES, states, |definition| !ACROSS.contains(&definition.id))
}

/// Returns the columns of a year, in the same order.
pub fn yearly_columns(states: usize) -> Vec<Column> {
    columns_of(YEARLY, states, |_| true)
}
