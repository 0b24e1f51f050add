//! Text of the pages that are made from the checks: `docs/verification.md` and `docs/patterns.md`.

use super::Known;
use super::patterns::Pattern;
use std::fmt::Write;

const HEAD: &str = "# Known answers\n\n\
    Every known answer that the engine and the solvers must give: the quantity, its source, the \
    public\nentry that computes it, both numbers and their difference. **P** marks a published \
    number, **D** one\nderived from the model and checked numerically. \"Bisection\" means that \
    the test halves an interval\naround the threshold, one run at a time. `just verify` makes this \
    page; `cargo test` fails when it is\nstale.\n";

/// Formats a number with seven significant digits, without trailing zeros.
fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{}", x.abs());
    }
    let digits = (7 - 1 - x.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

/// Formats the size of a difference. Rounding errors count as 0, so that the page is the same on
/// every machine.
fn difference(known: &Known) -> String {
    let difference = (known.expected - known.obtained).abs();
    if known.expected == known.obtained || difference <= 1e-9 * (1.0 + known.expected.abs()) {
        "0".into()
    } else {
        format!("{difference:.0e}")
    }
}

/// Returns the text of the verification page.
pub fn verification(sections: &[(&str, Vec<Known>)]) -> String {
    let mut page = HEAD.to_string();
    let count: usize = sections.iter().map(|(_, all)| all.len()).sum();
    let _ = write!(page, "\n{count} answers, all reproduced within tolerance.\n");
    for (title, all) in sections {
        let _ = write!(page, "\n## {title}\n");
        let mut last = ("", "");
        for known in all {
            if last != (known.source, &known.command) {
                last = (known.source, &known.command);
                let _ = write!(
                    page,
                    "\n{}. `{}`\n\n| quantity | expected | obtained | difference | tolerance \
                     |\n|---|---|---|---|---|\n",
                    known.source, known.command
                );
            }
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {:.0e} |",
                known.what,
                number(known.expected),
                number(known.obtained),
                difference(known),
                known.tolerance
            );
        }
    }
    page
}

/// Returns the text of the page of patterns.
pub fn patterns(all: &[Pattern]) -> String {
    let mut page = "# Patterns of the literature\n\n\
        Signs that the literature has found, and whether the full model of Central Asia shows \
        them: 400\nreplications, paired, with 95 % intervals. Nothing was tuned to show them; \
        those that the model does\nnot show are listed too. `just verify` makes this page; `cargo \
        test` fails when it is stale.\n"
        .to_string();
    for pattern in all {
        let _ = write!(
            page,
            "\n## {}\n\n{}.\n\n| effect | mean | 95 % interval | unit | shown \
             |\n|---|---|---|---|---|\n",
            pattern.sign, pattern.source
        );
        for effect in &pattern.effects {
            let (low, high) = (effect.mean - effect.half, effect.mean + effect.half);
            let shown = match effect.sign {
                0.0 => "–",
                _ if low <= 0.0 && high >= 0.0 => "not distinguishable (n = 400)",
                sign if sign * effect.mean > 0.0 => "yes",
                _ => "no: opposite sign",
            };
            let _ = writeln!(
                page,
                "| {} | {:.4} | {:.4} … {:.4} | {} | {shown} |",
                effect.what, effect.mean, low, high, effect.unit
            );
        }
    }
    page
}

/// Asserts that a page equals the committed one; writes it first if `UPDATE_PAGES` is set.
pub fn check(path: &str, page: &str) {
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(path, page).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == page, "{path} is stale: just verify");
}
