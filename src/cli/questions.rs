//! `consortia report --questions`: runs the commands of the built-in questions, each in a
//! process of its own, and writes their pages.

use super::{VerbError, terminal};
use crate::output::about::About;
use crate::output::{FolderError, RunFolder};
use crate::report::page;
use crate::report::page::index::{Link, Question, index};
use crate::scenario::builtin;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A built-in question.
struct AskedQuestion {
    name: &'static str,
    title: String,
    /// Arguments of each command that answers it, without the name of the program.
    commands: Vec<Vec<String>>,
}

/// Splits a command line into words; single quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => all.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

/// Reads a question: its title is the first heading without the number; its commands are the
/// indented lines that start with the name of the program.
fn question((name, text): (&'static str, &'static str)) -> AskedQuestion {
    let heading = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name);
    let title = heading.split_once(". ").map_or(heading, |(_, title)| title).to_string();
    let commands =
        text.lines().filter_map(|line| line.strip_prefix("    consortia ")).map(words).collect();
    AskedQuestion { name, title, commands }
}

/// Label of a page of a question: its command line.
fn label(arguments: &[String]) -> String {
    format!("consortia {}", arguments.join(" "))
}

/// Answers all questions in folders below `out` and writes `index.html`. `replications`, if given,
/// replaces the number of each command.
pub fn run(out: &Path, replications: Option<u64>) -> Result<(), VerbError> {
    let program = std::env::current_exe()
        .map_err(|error| VerbError::Fault(format!("cannot locate this program: {error}")))?;
    std::fs::create_dir_all(out).map_err(FolderError::io(out))?;
    let mut questions = Vec::new();
    for question in builtin::questions().into_iter().map(question) {
        let mut pages = Vec::new();
        for (at, arguments) in question.commands.iter().enumerate() {
            let folder = if at == 0 {
                question.name.to_string()
            } else {
                format!("{}-{}", question.name, at + 1)
            };
            terminal::print_message(&format!("{folder}: {}", label(arguments)));
            let place = out.join(&folder);
            simulate(&program, arguments, &place, replications)?;
            let mut about = About::read(&place)?;
            about.headline.question.clone_from(&question.title);
            let within = RunFolder::within(place);
            about.write(&within)?;
            page::write(&within)?;
            let path = format!("{folder}/{}", page::PAGE);
            pages.push(Link { path, label: label(arguments), answer: about.headline.answer });
        }
        questions.push(Question { title: question.title, pages });
    }
    let text = index("Questions about cooperation in Central Asia", &questions)
        .map_err(|error| VerbError::Fault(format!("{error:#}")))?;
    RunFolder::within(out.to_path_buf()).write("index.html", text.as_bytes())?;
    terminal::print(&format!("{}\n", out.join("index.html").display()))?;
    Ok(())
}

/// Runs one command with its results in `folder`; failed replications (exit code 1) are accepted.
fn simulate(
    program: &Path,
    arguments: &[String],
    folder: &PathBuf,
    replications: Option<u64>,
) -> Result<(), VerbError> {
    let mut arguments = arguments.to_vec();
    if let Some(count) = replications {
        if let Some(at) = arguments.iter().position(|word| word == "--replications") {
            arguments.drain(at..at + 2);
        }
        arguments.extend(["--replications".to_string(), count.to_string()]);
    }
    let status = Command::new(program)
        .args(&arguments)
        .args(["--quiet", "--out"])
        .arg(folder)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| {
            VerbError::Fault(format!("cannot start {}: {error}", program.display()))
        })?;
    match status.code() {
        Some(0 | 1) => Ok(()),
        Some(2) => Err(VerbError::Fault(format!("{} was refused: see above", label(&arguments)))),
        Some(3) | None => Err(VerbError::Interrupted(
            "interrupted; finished pages are kept; the same command starts all questions again"
                .into(),
        )),
        Some(code) => {
            Err(VerbError::Fault(format!("{} ended with code {code}", label(&arguments))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_its_heading_and_its_commands() {
        let text = "# 4. One table or many?\n\n    consortia compare x --org 'a,b@agenda=[\"t\"]' \
            --seed 3\n\nNot this: consortia run\n";
        let found = question(("04-one-table", text));
        assert_eq!(found.title, "One table or many?");
        assert_eq!(
            found.commands,
            [["compare", "x", "--org", "a,b@agenda=[\"t\"]", "--seed", "3"]]
        );
        assert_eq!(builtin::questions().len(), 15);
    }
}
