//! Makes a watermarked grey thumbnail of a picture, inside of the sandbox.

use std::time::Instant;

use edge_runtime::{Value, Vm};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, wasm, input, output] = args.as_slice() else { panic!("usage: image WASM INPUT OUTPUT") };
    let vm = Vm::load(wasm.as_str())?;
    let picture = std::fs::read(input)?;
    let options = || {
        Value::Map(vec![
            ("width".into(), 320u32.into()),
            ("height".into(), 240u32.into()),
            ("grayscale".into(), true.into()),
            ("watermark".into(), "edge".into()),
        ])
    };

    let thumbnail: Vec<u8> = vm.run("process", (picture.as_slice(), options()))?;
    std::fs::write(output, &thumbnail)?;
    println!("image: {} bytes", thumbnail.len());

    let (begin, mut calls) = (Instant::now(), 0u32);
    while begin.elapsed().as_millis() < 200 {
        vm.run::<Vec<u8>>("process", (picture.as_slice(), options()))?;
        calls += 1;
    }
    eprintln!("time per call: {:.3} us", begin.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    Ok(())
}
