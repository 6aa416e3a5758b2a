//! Reads a scanned digit: decodes the PNG, brings it to the network's size, asks the network. All inside the sandbox.

mod network;
mod scan;

use edge_bindgen::{EdgeType, edge_bindgen};

/// What the network takes the scan for.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The most likely digit, "0" to "9".
    pub label: String,
    /// How likely it is, 0 to 1.
    pub probability: f32,
    /// All ten digits, the most likely first.
    pub ranked: Vec<Ranked>,
}

/// One digit and how likely it is.
#[derive(EdgeType, Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The digit, "0" to "9".
    pub label: String,
    /// How likely it is, 0 to 1; those of all ten add up to 1.
    pub probability: f32,
}

/// Classifies a PNG of one handwritten digit, of any size, dark on light or light on dark.
///
/// # Errors
///
/// Bytes that are not a PNG, a damaged one, or one of more than 64 million pixels.
#[edge_bindgen]
pub fn infer(image: &[u8]) -> Result<Prediction, String> {
    let ink = scan::ink(image)?;
    let mut ranked: Vec<Ranked> = network::probabilities(&ink)
        .into_iter()
        .enumerate()
        .map(|(digit, probability)| Ranked { label: digit.to_string(), probability })
        .collect();
    ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let best = ranked[0].clone();
    Ok(Prediction { label: best.label, probability: best.probability, ranked })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn demo_scan(digit: usize) -> Vec<u8> {
        let scans = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scans");
        std::fs::read(scans.join(format!("digit-{digit}.png"))).expect("train.py wrote a scan of every digit")
    }

    /// A PNG of `side` by `side` pixels; `pixel` gives the samples of one.
    fn png_of(side: u32, colour: png::ColorType, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(colour);
        let data: Vec<u8> = (0..side * side).flat_map(|at| pixel(at % side, at / side)).collect();
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        file
    }

    #[test]
    fn reads_every_demo_scan() {
        for digit in 0..10 {
            let prediction = infer(&demo_scan(digit)).unwrap();
            assert_eq!(prediction.label, digit.to_string());
            assert!(prediction.probability > 0.5, "{prediction:?}");
            assert_eq!(prediction.ranked.len(), 10);
            assert_eq!(prediction.ranked[0].label, prediction.label);
            let sum: f32 = prediction.ranked.iter().map(|ranked| ranked.probability).sum();
            assert!((sum - 1.0).abs() < 1e-5, "probabilities add up to {sum}");
            assert!(prediction.ranked.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
        }
    }

    #[test]
    fn size_and_colours_do_not_matter() {
        // A vertical bar, as a 1 is written, in three forms of the same picture.
        let bar = |side: u32, x: u32| (side * 3 / 8..side * 5 / 8).contains(&x);
        let dark_on_light = png_of(40, png::ColorType::Grayscale, |x, _| vec![if bar(40, x) { 0 } else { 255 }]);
        let light_on_dark = png_of(40, png::ColorType::Rgb, |x, _| vec![if bar(40, x) { 255 } else { 0 }; 3]);
        let ink_on_glass = png_of(80, png::ColorType::Rgba, |x, _| vec![0, 0, 0, if bar(80, x) { 255 } else { 0 }]);
        let prediction = infer(&dark_on_light).unwrap();
        assert_eq!(prediction.label, "1");
        assert_eq!(infer(&light_on_dark).unwrap().label, "1");
        let on_glass = infer(&ink_on_glass).unwrap();
        assert!((on_glass.probability - prediction.probability).abs() < 1e-4, "{on_glass:?} {prediction:?}");
    }

    #[test]
    fn bad_bytes_are_an_error() {
        for bytes in [&b""[..], b"JFIF", &demo_scan(3)[..60]] {
            let error = infer(bytes).unwrap_err();
            assert!(error.starts_with("not a readable PNG: "), "{error}");
        }
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_an_error() {
        let mut bomb = png_of(1, png::ColorType::Grayscale, |_, _| vec![0]);
        // Width and height stand at 16 and 20, the checksum of the chunk after its 17 bytes.
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        let error = infer(&bomb).unwrap_err();
        assert_eq!(error, "the picture has 65536x65536 pixels, more than the 67108864 that are read");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
        })
    }
}
