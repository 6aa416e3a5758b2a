use edge_bindgen::edge_bindgen;

#[edge_bindgen]
pub fn wide() -> u128 {
    1
}

#[edge_bindgen]
pub fn error() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[edge_bindgen]
pub fn nested() -> Vec<Result<u8, u8>> {
    vec![]
}

fn main() {}
