use edge_bindgen::edge_bindgen;

pub struct Counter(i64);

#[edge_bindgen]
impl Counter {
    pub fn get(&self) -> i64 {
        self.0
    }
}

impl Counter {
    #[edge_bindgen]
    pub fn add(&mut self, number: i64) {
        self.0 += number;
    }
}

#[edge_bindgen]
pub struct Plain {
    pub x: u8,
}

#[edge_bindgen]
pub const X: u8 = 1;

fn main() {}
