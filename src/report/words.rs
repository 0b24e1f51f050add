//! Words of sentences: lists, and titles within a sentence.

/// Joins names for a sentence.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match &names[..] {
        [] => String::new(),
        [one] => (*one).to_string(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// Returns the title of a measure for use inside a sentence.
pub fn in_sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn names_are_listed_with_commas_and_an_and() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&[String::from("a")]), "a");
    }
}
