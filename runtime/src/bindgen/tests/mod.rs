//! Tests of the parts that need no engine: the reader of descriptions, values in and out.

#[path = "../../../tests/common/description.rs"]
mod doc;

mod description;
mod documents;
mod hostile;
mod refusals;
