//! Where the gains of full cooperation are lost, in words (ODD §10).

use super::words::list;
use crate::experiment::losses::LossSums;
use crate::report::palette::Rgb;
use crate::simulation::Cause;

/// Returns the words for a cause, to follow a number: "12 resting after a collapse".
pub fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Unforeseen => "not foreseen in spring",
        Cause::Outside => "outside the organisation",
        Cause::Unratified => "waiting for ratification",
        Cause::OptedOut => "opted out of",
        Cause::Resting => "resting after a collapse",
        Cause::NotAgreed => "not agreed",
        Cause::Shallow => "agreed less deep",
        Cause::Withheld => "withheld lawfully",
        Cause::Broken => "broken",
        Cause::Slippage => "beyond capacity",
        Cause::Duplicated => "done elsewhere too",
        Cause::Delivered => "delivered",
    }
}

/// Returns the colour of a cause on white.
pub fn color(cause: Cause) -> Rgb {
    match cause {
        Cause::Unforeseen => (0xdd, 0xdd, 0xdd),
        Cause::Outside => (0x99, 0x99, 0x99),
        Cause::Unratified => (0xcc, 0x79, 0xa7),
        Cause::OptedOut => (0xe3, 0x9b, 0xc3),
        Cause::Resting => (0x44, 0x44, 0x44),
        Cause::NotAgreed => (0x00, 0x72, 0xb2),
        Cause::Shallow => (0x56, 0xb4, 0xe9),
        Cause::Withheld => (0xc9, 0x98, 0x3a),
        Cause::Broken => (0xd5, 0x5e, 0x00),
        Cause::Slippage => (0xf2, 0xb8, 0x7c),
        Cause::Duplicated => (0x8a, 0x5a, 0x00),
        Cause::Delivered => (0x00, 0x9e, 0x73),
    }
}

/// Returns the account of a design in a sentence, in hundredths of what full cooperation could
/// gain; `None` if nothing could be gained.
pub fn sentence(losses: &LossSums) -> Option<String> {
    let share = |cause: Cause| (100.0 * losses.share(cause)).round();
    if share(Cause::Delivered).is_nan() {
        return None;
    }
    let mut parts: Vec<String> = Cause::ALL
        .iter()
        .filter(|cause| **cause != Cause::Delivered && share(**cause) != 0.0)
        .map(|cause| format!("{} {}", share(*cause), words(*cause)))
        .collect();
    let delivered = format!("{} {}", share(Cause::Delivered) + 0.0, words(Cause::Delivered));
    if let Some(first) = parts.first_mut() {
        *first = first.replacen(' ', " are ", 1);
    }
    parts.push(delivered);
    Some(format!("Of 100 that full cooperation could gain, {}.", list(&parts)))
}
