use edge_bindgen::{EdgeType, edge_bindgen};

pub struct Plain {
    pub x: u8,
}

#[edge_bindgen]
pub fn by_value(plain: Plain) -> u8 {
    plain.x
}

#[edge_bindgen]
pub fn by_reference(plain: &Plain) -> u8 {
    plain.x
}

#[edge_bindgen]
pub fn in_a_vector(plain: Vec<Plain>) -> usize {
    plain.len()
}

#[edge_bindgen]
pub fn as_result() -> Plain {
    Plain { x: 1 }
}

#[derive(EdgeType)]
pub struct Outer {
    pub inner: Plain,
}

fn main() {}
