//! Text of solutions of games and of voting power.

use super::terminal::style;
use crate::analysis::Statistic;
use crate::games::{Game, Solutions, VotingPower};
use crate::report::terminal::rounded;
use crate::scenario::read::rows::Published;
use comfy_table::{Cell, CellAlignment, Table};
use num_rational::BigRational;

/// Formats a number with `significant` digits, without trailing zeros.
pub fn short(x: f64, significant: i32) -> String {
    if x.is_nan() {
        return "–".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "−∞".into() };
    }
    if x.abs() < 1e-12 {
        return "0".into();
    }
    let digits = (significant - 1 - x.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn table(header: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    style(&mut table);
    table.set_header(header.into_iter().map(Cell::new));
    table
}

/// Returns the solutions of a game side by side, then measures of their stability. `unit` is the
/// unit of the values; numbers have `significant` digits.
pub fn solutions(game: &Game, found: &Solutions, unit: &str, significant: i32) -> String {
    let short = |x: f64| short(x, significant);
    let names = || game.players.iter().cloned();
    let head = |first: &str, last: &[&str]| {
        let last: Vec<String> = last.iter().map(|text| (*text).to_string()).collect();
        std::iter::once(first.to_string()).chain(names()).chain(last).collect::<Vec<_>>()
    };
    let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
    let mut shares =
        table(head(&format!("Payoffs{unit}"), &["in the core", "largest excess", "of"]));
    for solution in &found.solutions {
        let mut cells = vec![Cell::new(&solution.title)];
        cells.extend(solution.division.iter().map(|x| right(short(*x))));
        cells.push(Cell::new(if solution.in_core { "yes" } else { "no" }));
        cells.push(right(short(solution.excess)));
        cells.push(Cell::new(game.name(solution.dissenters)));
        shares.add_row(cells);
    }
    let mut holds = table(head("Propensity to disrupt", &["Loehman stability"]));
    let mut power = table(head("Loehman power", &[]));
    for solution in &found.solutions {
        let mut cells = vec![Cell::new(&solution.title)];
        cells.extend(solution.disruption.iter().map(|x| right(short(*x))));
        cells.push(right(short(solution.stability.unwrap_or(f64::NAN))));
        holds.add_row(cells);
        if let Some(shares) = &solution.power {
            power.add_row(
                std::iter::once(Cell::new(&solution.title))
                    .chain(shares.iter().map(|x| right(short(*x)))),
            );
        }
    }
    let banzhaf: Vec<String> = game
        .players
        .iter()
        .zip(&found.banzhaf)
        .map(|(name, x)| format!("{name} {}", short(*x)))
        .collect();
    let core = if found.least_core.core_nonempty {
        format!(
            "The core is not empty: every coalition can receive its value and {} more.",
            short(-found.least_core.excess)
        )
    } else {
        format!(
            "The core is empty: in every division some coalition receives at least {} less than its value.",
            short(found.least_core.excess)
        )
    };
    let mut text = format!(
        "{shares}\n\n{holds}\n\n{power}\n\n{core}\nBanzhaf values, which need not add up to the \
         whole: {}.\n",
        banzhaf.join(", ")
    );
    for (title, why) in &found.missing {
        text.push_str(&format!("No {title}: {why}.\n"));
    }
    if !found.nucleolus.individually_rational {
        text.push_str(
            "The value of the grand coalition is below the sum of single values: the nucleolus shown is the \
            prenucleolus.\n",
        );
    }
    if !found.nucleolus.verified {
        text.push_str(
            "The criterion of Kohlberg does not confirm the nucleolus: take it as approximate.\n",
        );
    }
    text
}

/// Converts a fraction to a number.
pub fn real(fraction: &BigRational) -> f64 {
    // Numerator and denominator may exceed the range of f64, so divide as integers with 64 binary
    // places.
    let scale = num_bigint::BigInt::from(1u64) << 64u32;
    let scaled = (fraction.numer() * &scale) / fraction.denom();
    scaled.to_string().parse::<f64>().unwrap_or(f64::NAN) / 2f64.powi(64)
}

/// Returns a table of the voting power in a body; `votes` is the quota and `all` the sum, in votes.
pub fn power(
    weights: &[String],
    quota: &str,
    (votes, all): (f64, f64),
    power: &VotingPower,
) -> String {
    let mut table = table(
        ["votes", "Banzhaf index", "", "Shapley–Shubik index", "", "decides (Penrose)"]
            .map(String::from),
    );
    for (at, votes) in weights.iter().enumerate() {
        table.add_row([
            right(votes.clone()),
            right(format!("{:.6}", real(&power.banzhaf[at]))),
            Cell::new(fraction(&power.banzhaf[at])),
            right(format!("{:.6}", real(&power.shapley_shubik[at]))),
            Cell::new(fraction(&power.shapley_shubik[at])),
            right(format!("{:.6}", real(&power.penrose[at]))),
        ]);
    }
    let exact = match fraction(&power.power_to_act) {
        text if text.is_empty() => String::new(),
        text => format!(" ({text})"),
    };
    let improper = if votes <= 0.5 * all {
        "With half of the votes or less two coalitions without a common member can both win.\n"
    } else {
        ""
    };
    format!(
        "{table}\n\nQuota {quota}, {} of {} votes: winning coalitions {}, the body acts in {:.4} \
         of all cases{exact}.\n{improper}",
        short(votes, 12),
        short(all, 12),
        power.winning,
        real(&power.power_to_act),
    )
}

/// A fraction as text; empty if longer than 22 characters.
fn fraction(fraction: &BigRational) -> String {
    let text = fraction.to_string();
    if text.len() <= 22 { text } else { String::new() }
}

/// Returns a table of the gains of coalitions of two or more states, MUSD per year, at most 40
/// rows.
pub fn coalition_values(game: &Game, values: &[(usize, Statistic)]) -> String {
    let mut table = table(["Coalition", "gain (MUSD/yr)", "± std. error"].map(String::from));
    let mut order: Vec<&(usize, Statistic)> =
        values.iter().filter(|(bits, _)| bits.count_ones() > 1).collect();
    order.sort_by(|a, b| {
        a.0.count_ones().cmp(&b.0.count_ones()).then(b.1.mean.total_cmp(&a.1.mean))
    });
    const MOST: usize = 40;
    for (bits, statistic) in order.iter().take(MOST) {
        let cells = [rounded(statistic.mean, statistic.se), rounded(statistic.se, statistic.se)];
        table.add_row(
            std::iter::once(Cell::new(game.name(*bits))).chain(cells.into_iter().map(right)),
        );
    }
    let more = order.len().saturating_sub(MOST);
    let rest =
        if more > 0 { format!("\n… and {more} more in coalitions.csv") } else { String::new() };
    format!("{table}{rest}\nAlone, a state gains nothing: that is the reference.")
}

/// Returns published divisions beside the computed ones of the same solution.
pub fn published(game: &Game, found: &Solutions, published: &[Published]) -> String {
    let mut text = String::new();
    let short = |x: f64| short(x, 4);
    for other in published {
        let own = found.solutions.iter().find(|solution| solution.id == other.solution);
        let shares: Vec<String> = game
            .players
            .iter()
            .enumerate()
            .map(|(player, name)| match own {
                Some(own) => format!(
                    "{name} {} (computed {})",
                    short(other.division[player]),
                    short(own.division[player])
                ),
                None => format!("{name} {}", short(other.division[player])),
            })
            .collect();
        let stranger = if own.is_none() { " (no computed solution has this id)" } else { "" };
        text.push_str(&format!("Published {}{stranger}: {}.\n", other.solution, shares.join(", ")));
    }
    text
}
