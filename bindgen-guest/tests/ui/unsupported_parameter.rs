use edge_bindgen::edge_bindgen;

#[edge_bindgen]
pub fn wide(number: u128) -> u32 {
    number as u32
}

type Hidden = i128;

#[edge_bindgen]
pub fn behind_an_alias(number: Hidden) -> u32 {
    number as u32
}

#[edge_bindgen]
pub fn pointer(at: *const u8) -> bool {
    at.is_null()
}

#[edge_bindgen]
pub fn nothing(nothing: ()) -> bool {
    nothing == ()
}

#[edge_bindgen]
pub fn outcome(result: Result<u8, u8>) -> bool {
    result.is_ok()
}

fn main() {}
