//! What a Rust guest of edge depends on: one attribute that makes functions callable from the host, and one that declares
//! the host's functions.
//!
//! ```
//! use edge_bindgen::{EdgeType, edge_bindgen};
//!
//! /// Carried into the description, as every doc comment is.
//! #[derive(EdgeType)]
//! pub struct Prediction {
//!     pub label: String,
//!     pub probability: f32,
//! }
//!
//! #[edge_bindgen]
//! pub fn infer(image: &[u8]) -> Result<Prediction, String> {
//!     let first = image.first().ok_or("the image is empty")?;
//!     note(1, "one image seen")?;
//!     Ok(Prediction { label: first.to_string(), probability: 0.5 })
//! }
//!
//! #[edge_bindgen(module = "app")]
//! extern "Rust" {
//!     fn note(level: u8, text: &str) -> Result<u64, String>;
//! }
//!
//! // Everything stays ordinary Rust: natively, host functions are what a test says they are.
//! edge_bindgen::testing::mock("app", "note", |_level: u8, text: String| Ok::<u64, String>(text.len() as u64));
//! assert_eq!(infer(&[7]).map(|seen| seen.label), Ok("7".to_owned()));
//! ```
//!
//! A `cdylib` for `wasm32-unknown-unknown` or `wasm32-wasip1` then exports `edge:infer` and describes itself in the custom
//! section `edge_bindgen`. How calls travel is the calling contract, version 1, in the project's `docs/bindgen-abi.md`.
//!
//! # Where to look
//! - how a type travels, resolved by traits: [`EdgeType`], `travel.rs`, `types/`
//! - what can be a parameter or a result: `parameter.rs`, `returned.rs`
//! - memory, imports and exports as the contract has them: `abi/`
//! - the description: `describe.rs`, `schema.rs`

// The derive and the attribute name this crate by its public path, in its own tests too.
extern crate self as edge_bindgen;

mod abi;
mod describe;
mod edge_type;
mod msgpack;
mod parameter;
mod returned;
mod schema;
pub mod testing;
mod travel;
mod types;

pub use edge_bindgen_macro::{EdgeType, edge_bindgen};
pub use edge_type::EdgeType;
pub use msgpack::{Malformed, Reader, Reason, Writer};
pub use schema::Schema;

/// What the macros' code uses. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::__by_value as by_value;
    pub use crate::abi::{Call, Extent, Held, Incoming, Slot};
    pub use crate::describe::{Field, Fields, Record, Variant};
    pub use crate::edge_type::{IsNeverNil, MayBeNil};
    pub use crate::msgpack::{Malformed, Reader, Reason, Writer};
    pub use crate::parameter::Parameter;
    pub use crate::returned::Returned;
    pub use crate::schema::Schema;
    pub use crate::testing::call as call_mock;
    pub use crate::travel::{Document, InMemory, Travel};
    pub use crate::types::{Converted, Documents, Number, Raw};
}
