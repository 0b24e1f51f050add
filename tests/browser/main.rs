//! Tests of the report pages in a real browser.
//!
//! `CONSORTIA_BROWSER` names a browser. Without a browser the tests are ignored, with a message;
//! with `CONSORTIA_BROWSER_TESTS=required` (as in the gate) they fail.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test may stop at what it did not expect"
)]

mod charts;
mod choices;
mod evidence;
mod looks;
mod pages;

use libtest_mimic::{Arguments, Trial};
use pages::Pages;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Test of the pages: name and function.
pub type Test = (&'static str, fn(&Pages));

fn main() {
    let mut arguments = Arguments::from_args();
    // More threads than cores, since tests mostly wait for the browser; the longest come first.
    arguments.test_threads = arguments.test_threads.or(Some(pages::TOGETHER));
    let tests: Vec<Test> = [looks::TESTS, charts::TESTS, choices::TESTS, evidence::TESTS].concat();
    let browser = pages::find_browser();
    let required = std::env::var("CONSORTIA_BROWSER_TESTS").is_ok_and(|word| word == "required");
    if browser.is_none() {
        eprintln!(
            "no browser found: install chromium, or name one in CONSORTIA_BROWSER; {} tests are ignored",
            tests.len()
        );
        if required {
            eprintln!("CONSORTIA_BROWSER_TESTS=required: that is a failure");
            std::process::exit(1);
        }
    }
    let listing = arguments.list;
    let pages = browser.filter(|_| !listing).map(|path| Arc::new(Pages::make(path)));
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            let pages = pages.clone();
            let ignored = pages.is_none() && !listing;
            Trial::test(name, move || {
                let pages = pages.ok_or("no browser")?;
                catch_unwind(AssertUnwindSafe(|| test(&pages))).map_err(|panic| {
                    let text = panic.downcast_ref::<String>().cloned();
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string()))
                        .unwrap_or_default()
                })?;
                Ok(())
            })
            .with_ignored_flag(ignored)
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // `exit` runs no destructors: close the browser and remove the folders first.
    drop(pages);
    conclusion.exit();
}
