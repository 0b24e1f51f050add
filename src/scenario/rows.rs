//! Small CSV tables of their own: games, published divisions. Every cell knows where it was written.

use super::builtin::Folder;
use super::diagnostics::{Diagnostic, Diagnostics, suggest};
use super::document::Number;
use super::origin::Origin;
use super::tables::{cell_spans, find_columns, first_line, line_at};
use crate::games::{Game, MAX_PLAYERS};
use indexmap::IndexMap;
use std::path::PathBuf;

/// The largest table, bytes: all coalitions of twenty players with names of some length.
const LARGEST: u64 = 100 * 1024 * 1024;

/// One cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// What it holds, without blanks around it.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
}

/// Reads a file on disk with these columns, in any order; other columns are left aside.
fn read(path: &str, columns: &[&str], diagnostics: &mut Diagnostics) -> Vec<Vec<Cell>> {
    read_in(&Folder::Disk(PathBuf::new()), path, columns, diagnostics)
}

/// The same in a folder.
pub(super) fn read_in(folder: &Folder, file: &str, columns: &[&str], diagnostics: &mut Diagnostics) -> Vec<Vec<Cell>> {
    let path = folder.display(file);
    let text = match folder.read_up_to(file, LARGEST) {
        Ok(text) => text,
        Err(reason) => {
            let mistake = Diagnostic::new("io", format!("cannot read {path}: {reason}"));
            diagnostics.push(mistake.help("check the name and that it is a readable text file in UTF-8"));
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
                diagnostics.push(mistake.at(Origin::new(source, line_at(&text, start)), "this row"));
                break;
            }
        }
        let start = record.position().map_or(start, |position| position.byte() as usize);
        let row = line_at(&text, start);
        if record.len() != header.len() {
            let (found, wanted) = (record.len(), header.len());
            let mistake =
                Diagnostic::new("csv_row", format!("this row has {found} fields, but the header has {wanted}"));
            diagnostics.push(mistake.at(Origin::new(source, row), "this row").help("one value for every column"));
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
    let number = Number::parse(&cell.text).map(|number| number.as_f64()).filter(|value| value.is_finite());
    // Beyond that, sums over coalitions would leave the range of numbers.
    let number = number.filter(|value| value.abs() < 1e150);
    number.unwrap_or_else(|| {
        let mistake = Diagnostic::new("value", format!("`{}` is not a finite number below 1e150", cell.text));
        diagnostics.push(mistake.at(cell.origin, "here").help("write it like 12.5"));
        0.0
    })
}

/// Reads a game: `coalition,value`, members joined by `+`. Players come in the order in which they are first named.
pub fn game(path: &str) -> Result<Game, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let rows = read(path, &["coalition", "value"], &mut diagnostics);
    let mut players: IndexMap<String, ()> = IndexMap::new();
    let mut worths: IndexMap<u64, (f64, Origin)> = IndexMap::new();
    let mut too_many = false;
    for row in &rows {
        let (coalition, worth) = (&row[0], value(&row[1], &mut diagnostics));
        let mut bits = 0u64;
        let names: Vec<&str> = coalition.text.split('+').map(str::trim).collect();
        let empty = coalition.text.is_empty();
        if empty && worth != 0.0 {
            let mistake = Diagnostic::new("value", format!("the empty coalition is worth 0, not {worth}"));
            diagnostics.push(mistake.at(row[1].origin, "not 0").help("leave the row out, or set it to 0"));
        }
        if empty {
            continue;
        }
        let mut sound = true;
        for name in names {
            if name.is_empty() {
                let mistake = Diagnostic::new("value", format!("`{}` has a member without a name", coalition.text));
                diagnostics.push(mistake.at(coalition.origin, "here").help("join members like A+B"));
                sound = false;
                continue;
            }
            let player = players.insert_full(name.to_string(), ()).0;
            if player >= MAX_PLAYERS {
                too_many = true;
                sound = false;
            } else if bits >> player & 1 == 1 {
                let mistake = Diagnostic::new("twice", format!("{name} is named twice in `{}`", coalition.text));
                diagnostics.push(mistake.at(coalition.origin, "here").help("name each member once"));
                sound = false;
            } else {
                bits |= 1 << player;
            }
        }
        if !sound {
            continue;
        }
        if let Some((_, earlier)) = worths.get(&bits) {
            let line = 1 + diagnostics.sources[earlier.source].text[..earlier.start].matches('\n').count();
            let mistake = Diagnostic::new("twice", format!("the coalition `{}` is given twice", coalition.text))
                .at(coalition.origin, "the second time")
                .help(format!("the first time is in line {line}; keep one of the two"));
            diagnostics.push(mistake);
            continue;
        }
        worths.insert(bits, (worth, coalition.origin));
    }
    let names: Vec<String> = players.into_keys().collect();
    let header = || {
        let text = diagnostics.sources.first().map_or("", |source| source.text.as_str());
        Origin::new(0, first_line(text))
    };
    if too_many {
        let header = header();
        let mistake =
            Diagnostic::new("players", format!("{} players are too many: {MAX_PLAYERS} is the most", names.len()));
        let help = "all coalitions of the players have to be listed: merge some players";
        diagnostics.push(mistake.at(header, "this table").help(help));
    } else if names.is_empty() && diagnostics.is_empty() {
        let (header, mistake) = (header(), Diagnostic::new("players", "the table names no coalition"));
        diagnostics.push(mistake.at(header, "this table").help("give every coalition a row: coalition,value"));
    } else if diagnostics.is_empty() {
        let missing: Vec<u64> = (1..1u64 << names.len()).filter(|bits| !worths.contains_key(bits)).collect();
        if !missing.is_empty() {
            let name = |bits: &u64| {
                let members = (0..names.len()).filter(|player| bits >> player & 1 == 1);
                members.map(|player| names[player].as_str()).collect::<Vec<_>>().join("+")
            };
            let shown: Vec<String> = missing.iter().take(8).map(name).collect();
            let more = if missing.len() > 8 { format!(", … ({} in all)", missing.len()) } else { String::new() };
            let mistake = Diagnostic::new(
                "missing",
                format!("{} of {} coalitions have no value", missing.len(), (1u64 << names.len()) - 1),
            );
            let end = diagnostics.sources.first().map_or(0, |source| source.text.trim_end().len());
            let help = format!("add {}{more}", shown.join(", "));
            diagnostics.push(mistake.at(Origin::new(0, end.saturating_sub(1)..end), "the table ends here").help(help));
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut values = vec![0.0; 1 << names.len()];
    for (bits, (worth, _)) in worths {
        values[bits as usize] = worth;
    }
    Game::new(names, values).map_err(|error| super::load::refuse("game", error.to_string(), "see docs/games.md".into()))
}

/// A division that somebody has published: its name, and what each player gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// What it is called.
    pub solution: String,
    /// What each player gets, in the order of the game.
    pub division: Vec<f64>,
}

/// Reads published divisions: `solution,player,value`; each must name every player.
pub fn published(path: &str, players: &[String]) -> Result<Vec<Published>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let rows = read(path, &["solution", "player", "value"], &mut diagnostics);
    let mut found: IndexMap<String, (Vec<f64>, Origin)> = IndexMap::new();
    for row in &rows {
        let worth = value(&row[2], &mut diagnostics);
        let Some(player) = players.iter().position(|name| *name == row[1].text) else {
            let mistake = Diagnostic::new("player", format!("there is no player `{}`", row[1].text));
            let help = suggest(&row[1].text, players.iter().map(String::as_str));
            diagnostics.push(mistake.at(row[1].origin, "unknown player").help(help));
            continue;
        };
        let entry = found.entry(row[0].text.clone());
        let (division, _) = entry.or_insert_with(|| (vec![f64::NAN; players.len()], row[0].origin));
        if division[player].is_finite() {
            let mistake = Diagnostic::new("twice", format!("{} is given twice under `{}`", row[1].text, row[0].text));
            diagnostics.push(mistake.at(row[1].origin, "the second time").help("keep one of the two"));
        }
        division[player] = worth;
    }
    if rows.is_empty() && diagnostics.is_empty() {
        let mistake = Diagnostic::new("missing", "the table holds no division");
        let header = diagnostics.sources.first().map_or(0..0, |source| first_line(&source.text));
        diagnostics.push(mistake.at(Origin::new(0, header), "this table").help("give solution,player,value in rows"));
    }
    for (solution, (division, origin)) in &found {
        let missing: Vec<&str> =
            players.iter().zip(division).filter(|(_, x)| x.is_nan()).map(|(name, _)| name.as_str()).collect();
        if !missing.is_empty() && diagnostics.is_empty() {
            let mistake = Diagnostic::new("missing", format!("`{solution}` has no value for {}", missing.join(", ")));
            diagnostics.push(mistake.at(*origin, "incomplete").help("give every player a row; 0 for nothing"));
        }
    }
    if diagnostics.is_empty() {
        Ok(found.into_iter().map(|(solution, (division, _))| Published { solution, division }).collect())
    } else {
        Err(diagnostics)
    }
}
