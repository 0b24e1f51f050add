//! A page that leads to several others: questions, and what came out.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

const TEMPLATE: &str = include_str!("../../../assets/report/questions.html");

/// A question with its pages.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    /// The question.
    pub title: String,
    /// Pages that answer it.
    pub pages: Vec<Link>,
}

/// A page, and what it says.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// Where it lies, from the page that leads there.
    pub path: String,
    /// What it is called there.
    pub label: String,
    /// Its answer, sentence by sentence.
    pub answer: Vec<String>,
}

/// The page as text. Errors: the template is wrong.
pub fn index(title: &str, questions: &[Question]) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("index", TEMPLATE)?;
    environment.get_template("index")?.render(context! {
        title,
        questions => Value::from(Serde(questions)),
        style => Value::from_safe_string(super::render::STYLE.to_string()),
        version => env!("CARGO_PKG_VERSION"),
    })
}
