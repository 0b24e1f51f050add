//! Small CSV tables of their own: games and published divisions. Each cell has an origin.

use crate::games::{Game, MAX_PLAYERS};
use crate::scenario::builtin::Folder;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, suggest};
use crate::scenario::origin::Origin;
use crate::scenario::read::document::Number;
use crate::scenario::read::tables::{cell_spans, find_columns, first_line, line_at};
use indexmap::IndexMap;
use std::path::PathBuf;

/// Size limit of a table, bytes. It has room for all coalitions of twenty players with names of
/// some length.
const LARGEST: u64 = 100 * 1024 * 1024;

/// A cell of a table.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Cell {
    /// Text without surrounding blanks.
    pub text: String,
    /// Position where it was written.
    pub origin: Origin,
}

/// Reads the named columns, in any order, of a file on disk. Other columns are ignored.
fn read(path: &str, columns: &[&str], diagnostics: &mut Diagnostics) -> Vec<Vec<Cell>> {
    read_in(&Folder::Disk(PathBuf::new()), path, columns, diagnostics)
}

/// Reads the named columns of a file in a folder. Rows with mistakes are reported and left out.
pub(in crate::scenario) fn read_in(
    folder: &Folder,
    file: &str,
    columns: &[&str],
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Cell>> {
    let path = folder.display(file);
    let text = match folder.read_up_to(file, LARGEST) {
        Ok(text) => text,
        Err(reason) => {
            let mistake = Diagnostic::new("io", format!("cannot read {path}: {reason}"));
            diagnostics
                .push(mistake.help("check the name and that it is a readable text file in UTF-8"));
            return Vec::new();
        }
    };
    let source = diagnostics.source(path, file, text.clone());
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let Ok(header) = reader.headers().cloned() else {
        let mistake = Diagnostic::new("csv", "this is not a CSV table");
        diagnostics.push(mistake.at(Origin::new(source, first_line(&text)), "the header"));
        return Vec::new();
    };
    let places = find_columns(&header, columns.iter().copied(), (source, &text), diagnostics);
    if places.len() < columns.len() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().byte() as usize;
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let mistake = Diagnostic::new("csv", format!("this row cannot be read: {error}"));
                diagnostics
                    .push(mistake.at(Origin::new(source, line_at(&text, start)), "this row"));
                break;
            }
        }
        let start = record.position().map_or(start, |position| position.byte() as usize);
        let row = line_at(&text, start);
        if record.len() != header.len() {
            let (found, wanted) = (record.len(), header.len());
            let mistake = Diagnostic::new(
                "csv_row",
                format!("this row has {found} fields, but the header has {wanted}"),
            );
            diagnostics.push(
                mistake.at(Origin::new(source, row), "this row").help("one value for every column"),
            );
            continue;
        }
        let spans = cell_spans(&text, start, record.len());
        let cell = |place: usize| Cell {
            text: record.get(place).unwrap_or("").trim().to_string(),
            origin: Origin::new(source, spans.get(place).cloned().unwrap_or(row.clone())),
        };
        rows.push(places.iter().map(|&place| cell(place)).collect());
    }
    rows
}

fn value(cell: &Cell, diagnostics: &mut Diagnostics) -> f64 {
    let number =
        Number::parse(&cell.text).map(|number| number.as_f64()).filter(|value| value.is_finite());
    // Sums over coalitions of larger values could overflow.
    let number = number.filter(|value| value.abs() < 1e150);
    number.unwrap_or_else(|| {
        let mistake =
            Diagnostic::new("value", format!("`{}` is not a finite number below 1e150", cell.text));
        diagnostics.push(mistake.at(cell.origin, "here").help("write it like 12.5"));
        0.0
    })
}

/// Reads a game from a table with the columns `coalition,value`. Members of a coalition are joined
/// by `+`; players are ordered by first mention.
///
/// Fails with all mistakes of the table, among them coalitions without a value.
pub fn game(path: &str) -> Result<Game, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let rows = read(path, &["coalition", "value"], &mut diagnostics);
    let mut table = GameRows::default();
    for row in &rows {
        table.add(row, &mut diagnostics);
    }
    table.check(&mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let names: Vec<String> = table.players.into_keys().collect();
    let mut values = vec![0.0; 1 << names.len()];
    for (bits, (value, _)) in table.values {
        values[bits as usize] = value;
    }
    Game::new(names, values).map_err(|error| {
        crate::scenario::load::refuse("game", error.to_string(), "see docs/games.md".into())
    })
}

/// Rows of a game that were read so far.
#[derive(Default)]
struct GameRows {
    players: IndexMap<String, ()>,
    /// Value and origin of each coalition, by bit mask.
    values: IndexMap<u64, (f64, Origin)>,
    too_many: bool,
}

impl GameRows {
    /// Adds a row, or reports its mistake.
    fn add(&mut self, row: &[Cell], diagnostics: &mut Diagnostics) {
        let (coalition, value) = (&row[0], value(&row[1], diagnostics));
        if coalition.text.is_empty() {
            if value != 0.0 {
                let message = format!("the empty coalition has the value 0, not {value}");
                let mistake = Diagnostic::new("value", message).at(row[1].origin, "not 0");
                diagnostics.push(mistake.help("leave the row out, or set it to 0"));
            }
            return;
        }
        let Some(bits) = self.members(coalition, diagnostics) else { return };
        if let Some((_, earlier)) = self.values.get(&bits) {
            let text = &diagnostics.sources[earlier.source].text;
            let line = 1 + text[..earlier.start].matches('\n').count();
            let message = format!("the coalition `{}` is given twice", coalition.text);
            let mistake = Diagnostic::new("twice", message)
                .at(coalition.origin, "the second time")
                .help(format!("the first time is in line {line}; keep one of the two"));
            diagnostics.push(mistake);
            return;
        }
        self.values.insert(bits, (value, coalition.origin));
    }

    /// Returns the members of a coalition as a bit mask; `None` if they cannot be read.
    fn members(&mut self, coalition: &Cell, diagnostics: &mut Diagnostics) -> Option<u64> {
        let (mut bits, mut sound) = (0u64, true);
        for name in coalition.text.split('+').map(str::trim) {
            if name.is_empty() {
                let message = format!("`{}` has a member without a name", coalition.text);
                let mistake = Diagnostic::new("value", message).at(coalition.origin, "here");
                diagnostics.push(mistake.help("join members like A+B"));
                sound = false;
                continue;
            }
            let player = self.players.insert_full(name.to_string(), ()).0;
            if player >= MAX_PLAYERS {
                self.too_many = true;
                sound = false;
            } else if bits >> player & 1 == 1 {
                let message = format!("{name} is named twice in `{}`", coalition.text);
                let mistake = Diagnostic::new("twice", message).at(coalition.origin, "here");
                diagnostics.push(mistake.help("name each member once"));
                sound = false;
            } else {
                bits |= 1 << player;
            }
        }
        sound.then_some(bits)
    }

    /// Reports too many players, no players, or coalitions without a value.
    fn check(&self, diagnostics: &mut Diagnostics) {
        let count = self.players.len();
        let text = diagnostics.sources.first().map_or("", |source| source.text.as_str());
        let (header, end) = (Origin::new(0, first_line(text)), text.trim_end().len());
        if self.too_many {
            let message = format!("{count} players are too many: {MAX_PLAYERS} is the most");
            let help = "all coalitions of the players have to be listed: merge some players";
            let mistake = Diagnostic::new("players", message);
            diagnostics.push(mistake.at(header, "this table").help(help));
        } else if count == 0 && diagnostics.is_empty() {
            let mistake = Diagnostic::new("players", "the table names no coalition");
            let help = "give every coalition a row: coalition,value";
            diagnostics.push(mistake.at(header, "this table").help(help));
        } else if diagnostics.is_empty() {
            let known = |bits: &u64| self.values.contains_key(bits);
            let missing: Vec<u64> = (1..1u64 << count).filter(|bits| !known(bits)).collect();
            if missing.is_empty() {
                return;
            }
            let name = |bits: &u64| {
                let members = self.players.keys().enumerate();
                let members = members.filter(|(player, _)| bits >> player & 1 == 1);
                members.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("+")
            };
            let shown: Vec<String> = missing.iter().take(8).map(name).collect();
            let more = match missing.len() {
                0..=8 => String::new(),
                all => format!(", … ({all} in all)"),
            };
            let all = (1u64 << count) - 1;
            let message = format!("{} of {all} coalitions have no value", missing.len());
            let mistake = Diagnostic::new("missing", message)
                .at(Origin::new(0, end.saturating_sub(1)..end), "the table ends here")
                .help(format!("add {}{more}", shown.join(", ")));
            diagnostics.push(mistake);
        }
    }
}

/// A published division.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Name of the division.
    pub solution: String,
    /// Value of each player, in the order of the game.
    pub division: Vec<f64>,
}

/// Reads published divisions from a table with the columns `solution,player,value`. Each division
/// must name every player. Fails with the mistakes of the table.
pub fn published(path: &str, players: &[String]) -> Result<Vec<Published>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let rows = read(path, &["solution", "player", "value"], &mut diagnostics);
    let mut found: IndexMap<String, (Vec<f64>, Origin)> = IndexMap::new();
    for row in &rows {
        let coalition_value = value(&row[2], &mut diagnostics);
        let Some(player) = players.iter().position(|name| *name == row[1].text) else {
            let mistake =
                Diagnostic::new("player", format!("there is no player `{}`", row[1].text));
            let help = suggest(&row[1].text, players.iter().map(String::as_str));
            diagnostics.push(mistake.at(row[1].origin, "unknown player").help(help));
            continue;
        };
        let entry = found.entry(row[0].text.clone());
        let (division, _) = entry.or_insert_with(|| (vec![f64::NAN; players.len()], row[0].origin));
        if division[player].is_finite() {
            let mistake = Diagnostic::new(
                "twice",
                format!("{} is given twice under `{}`", row[1].text, row[0].text),
            );
            diagnostics
                .push(mistake.at(row[1].origin, "the second time").help("keep one of the two"));
        }
        division[player] = coalition_value;
    }
    if rows.is_empty() && diagnostics.is_empty() {
        let mistake = Diagnostic::new("missing", "the table holds no division");
        let header = diagnostics.sources.first().map_or(0..0, |source| first_line(&source.text));
        diagnostics.push(
            mistake
                .at(Origin::new(0, header), "this table")
                .help("give solution,player,value in rows"),
        );
    }
    for (solution, (division, origin)) in &found {
        let missing: Vec<&str> = players
            .iter()
            .zip(division)
            .filter(|(_, x)| x.is_nan())
            .map(|(name, _)| name.as_str())
            .collect();
        if !missing.is_empty() && diagnostics.is_empty() {
            let mistake = Diagnostic::new(
                "missing",
                format!("`{solution}` has no value for {}", missing.join(", ")),
            );
            diagnostics.push(
                mistake.at(*origin, "incomplete").help("give every player a row; 0 for nothing"),
            );
        }
    }
    if diagnostics.is_empty() {
        Ok(found
            .into_iter()
            .map(|(solution, (division, _))| Published { solution, division })
            .collect())
    } else {
        Err(diagnostics)
    }
}
