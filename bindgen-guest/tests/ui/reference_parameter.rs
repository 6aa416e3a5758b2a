use edge_bindgen::edge_bindgen;

#[edge_bindgen]
pub fn exclusive(items: &mut Vec<u8>) {
    items.clear();
}

#[edge_bindgen]
pub fn for_ever(text: &'static str) -> usize {
    text.len()
}

#[edge_bindgen]
pub fn maybe(text: Option<&str>) -> bool {
    text.is_some()
}

fn main() {}
