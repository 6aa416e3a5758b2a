use edge_bindgen::edge_bindgen;

#[edge_bindgen]
extern "Rust" {
    fn without_module();
}

#[edge_bindgen(module = "app")]
extern "C" {
    fn of_another_abi();
}

#[edge_bindgen(module = "__edge")]
extern "Rust" {
    fn reserved();
}

#[edge_bindgen(module = "app")]
extern "Rust" {
    static VALUE: u8;
}

#[edge_bindgen(module = "app")]
extern "Rust" {
    unsafe fn dangerous();
}

#[edge_bindgen(module = "app")]
extern "Rust" {
    fn wide(number: u128) -> u128;
    fn text() -> &'static str;
}

#[edge_bindgen(module = "app")]
extern "Rust" {
    fn several(numbers: ...);
}

#[edge_bindgen(module = "app")]
extern "Rust" {
    fn unsupported(number: u128, file: std::fs::File) -> Option<u128>;
}

fn main() {}
