//! The network: layers of weights that `train.py` wrote, and the arithmetic to ask them.

use crate::scan::SIDE;
use std::sync::LazyLock;

/// Written by `train.py`, which describes the format.
static WEIGHTS: &[u8] = include_bytes!("weights.bin");

static NETWORK: LazyLock<Vec<Layer>> = LazyLock::new(|| read(WEIGHTS));

/// The digits that are told apart.
const DIGITS: usize = 10;

/// A layer: every output is the weighted sum of all inputs, plus a bias.
struct Layer {
    inputs: usize,
    /// All weights of the first output, then those of the second, and so on.
    weights: Vec<f32>,
    /// One for each output.
    biases: Vec<f32>,
}

impl Layer {
    fn apply(&self, values: &[f32]) -> Vec<f32> {
        let sum = |weights: &[f32]| weights.iter().zip(values).map(|(weight, value)| weight * value).sum::<f32>();
        self.weights.chunks_exact(self.inputs).zip(&self.biases).map(|(weights, bias)| sum(weights) + bias).collect()
    }
}

/// How likely each digit is, given the ink on the 8x8 fields; adds up to 1.
pub(crate) fn probabilities(ink: &[f32; SIDE * SIDE]) -> [f32; DIGITS] {
    let (last, hidden) = NETWORK.split_last().expect("train.py writes at least one layer");
    let mut values = ink.to_vec();
    for layer in hidden {
        values = layer.apply(&values);
        values.iter_mut().for_each(|value| *value = value.max(0.0));
    }
    softmax(last.apply(&values).try_into().expect("the last layer has an output for each digit"))
}

/// Scores as probabilities.
fn softmax(scores: [f32; DIGITS]) -> [f32; DIGITS] {
    // Without the subtraction a high score overflows `exp`; the quotients are the same.
    let highest = scores.into_iter().fold(f32::NEG_INFINITY, f32::max);
    let powers = scores.map(|score| (score - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

/// Reads the file of weights. It is part of this program, so a wrong one is a mistake of ours and panics.
fn read(mut file: &[u8]) -> Vec<Layer> {
    let mut word = || {
        let (word, rest) = file.split_first_chunk::<4>().expect("weights.bin ends too early");
        file = rest;
        *word
    };
    let layers = (0..u32::from_le_bytes(word()))
        .map(|_| {
            let inputs = u32::from_le_bytes(word()) as usize;
            let outputs = u32::from_le_bytes(word()) as usize;
            let mut numbers = |count| (0..count).map(|_| f32::from_le_bytes(word())).collect();
            Layer { inputs, weights: numbers(inputs * outputs), biases: numbers(outputs) }
        })
        .collect();
    assert!(file.is_empty(), "weights.bin goes on after its last layer");
    layers
}
