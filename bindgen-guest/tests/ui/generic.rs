use edge_bindgen::{EdgeType, edge_bindgen};

#[edge_bindgen]
pub fn any<T>(value: T) -> T {
    value
}

#[edge_bindgen]
pub fn anything(value: impl Into<u8>) -> u8 {
    value.into()
}

#[derive(EdgeType)]
pub struct Pair<T> {
    pub left: T,
    pub right: T,
}

#[derive(EdgeType)]
pub struct Borrowing<'a> {
    pub text: &'a str,
}

fn main() {}
