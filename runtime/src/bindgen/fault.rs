//! Why a value does not fit a type, and where in the value: built only when it happens, from the inside out.

use std::fmt;

/// A value, or a document, that does not fit its type.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Where, counted from the whole value: `[3].x`.
    path: String,
    /// What was wrong there.
    text: String,
}

impl Fault {
    #[cold]
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { path: String::new(), text: text.into() }
    }

    /// The usual sentence.
    #[cold]
    pub(crate) fn expected(what: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self::new(format!("expected {what}, got {got}"))
    }

    /// The same fault seen from the list around it.
    #[cold]
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }

    /// The same fault seen from the struct, enum or map around it.
    #[cold]
    pub(crate) fn field(mut self, name: &str) -> Self {
        self.path.insert_str(0, &format!(".{name}"));
        self
    }

    /// The sentence, with a name for the whole value.
    pub(crate) fn of(&self, whole: impl fmt::Display) -> String {
        format!("{whole}{}: {}", self.path, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn the_path_reads_from_the_outside_in() {
        let fault = Fault::expected("f32", "a string").field("x").at(3).field("points");
        assert_eq!(fault.of("argument 1 (`shape`)"), "argument 1 (`shape`).points[3].x: expected f32, got a string");
    }
}
