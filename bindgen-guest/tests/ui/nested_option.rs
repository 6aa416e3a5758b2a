use edge_bindgen::{EdgeType, edge_bindgen};

#[derive(EdgeType)]
pub struct Nothing;

#[derive(EdgeType)]
pub struct Wrapped(pub Option<u8>);

#[edge_bindgen]
pub fn twice(value: Option<Option<u8>>) -> bool {
    value.is_some()
}

#[edge_bindgen]
pub fn unit() -> Option<()> {
    None
}

#[edge_bindgen]
pub fn unit_struct(value: Vec<Option<Nothing>>) -> usize {
    value.len()
}

#[derive(EdgeType)]
pub struct Field {
    pub wrapped: Option<Wrapped>,
}

fn main() {}
