//! Checks of monitoring, fines, responses, escape clause and court.

use crate::scenario::raw::organisation::{
    EscapeTrigger, Fine, OrganisationFile, Response, Sanction, SidePayments,
};
use crate::scenario::resolve::validator::Validator;
use crate::scenario::types::{DomainSpec, Scenario};

/// Checks the values that the schema alone cannot check.
pub(super) fn check(file: &OrganisationFile, scenario: &Scenario, validator: &mut Validator<'_>) {
    check_fine(file.sanctions.fine, "sanctions.fine", validator);
    if let Response::Graduated(table) = &file.sanctions.response {
        for (index, step) in table.steps.iter().enumerate() {
            if let Sanction::Fine(fine) = step {
                let path = format!("sanctions.response.graduated.steps.{index}.fine");
                check_fine(*fine, &path, validator);
            }
        }
    }
    check_probabilities(file, validator);
    check_escape(file, scenario, validator);
}

fn check_fine(fine: Fine, at: &str, validator: &mut Validator<'_>) {
    let (kind, value) = match fine {
        Fine::None => return,
        Fine::Multiple(value) => ("multiple", value),
        Fine::Absolute(value) => ("absolute", value),
    };
    if value.is_nan() || !(0.0..=1e9).contains(&value) {
        validator.mistake(
            &format!("{at}.{kind}"),
            format!("a fine cannot be {value}"),
            "out of range",
            "it must be 0 or more".into(),
        );
    }
}

/// Checks that true cases are likelier than false ones, before monitors and before a court.
fn check_probabilities(file: &OrganisationFile, validator: &mut Validator<'_>) {
    if file.monitoring.false_alarm > file.monitoring.detection {
        validator.mistake(
            "monitoring.false_alarm",
            "performance would be reported more often than a breach".into(),
            "above detection",
            "false_alarm must not exceed detection".into(),
        );
    }
    if let Some(court) = file.court.as_ref().filter(|court| court.p_err > court.p_win) {
        validator.mistake(
            "court.p_err",
            "a false case would be upheld more often than a true one".into(),
            "above p_win",
            format!("p_err must not exceed p_win, which is {}", court.p_win),
        );
    }
}

fn check_escape(file: &OrganisationFile, scenario: &Scenario, validator: &mut Validator<'_>) {
    let Some(escape) = &file.sanctions.escape else { return };
    if escape.compensation > 0.0 && file.side_payments != SidePayments::Money {
        validator.mistake(
            "sanctions.escape.compensation",
            "compensation requires payments in money".into(),
            "compensation without money",
            "set side_payments = \"money\", or compensation = 0".into(),
        );
    }
    let rivers = scenario.domains.iter().any(|domain| matches!(domain.spec, DomainSpec::Basin(_)));
    if escape.trigger == EscapeTrigger::Drought && !rivers {
        validator.mistake(
            "sanctions.escape.trigger",
            format!("the scenario `{}` has no river that could run dry", scenario.name),
            "no river",
            "use \"cost\"".into(),
        );
    }
}
