//! Index page: questions, with their answers and links to report pages.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

const TEMPLATE: &str = include_str!("../../../assets/report/questions.html");

/// A question with its pages.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    /// Text of the question.
    pub title: String,
    /// Pages that answer it.
    pub pages: Vec<Link>,
}

/// Link to a page, with the answer that the page gives.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// Path of the page, relative to the index page.
    pub path: String,
    /// Text of the link.
    pub label: String,
    /// Sentences of the answer.
    pub answer: Vec<String>,
}

/// Returns the index page as HTML. Fails if the template is invalid.
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
