use edge_bindgen::edge_bindgen;

#[edge_bindgen]
pub async fn later() -> u8 {
    1
}

#[edge_bindgen]
pub unsafe fn dangerous() -> u8 {
    1
}

#[edge_bindgen]
pub fn never() -> ! {
    panic!()
}

#[edge_bindgen(module = "app")]
pub fn with_module() {}

#[edge_bindgen(name = "other")]
pub fn with_name() {}

fn main() {}
