//! The host half of bindgen.
