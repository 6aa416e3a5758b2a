"""Trains the digit classifier that `guest/` carries, and cuts the demo scans.

    pip install -r requirements.txt
    python train.py

Data: the 1,797 scans of 8x8 pixels inside scikit-learn. A quarter of them is held out: the network never sees it, the
printed accuracy is measured on it, and the demo scans are taken from it.

Writes beside itself:
  guest/src/weights.bin   the network, little endian: layer count as u32, then for each layer its inputs and outputs as
                          u32, the weights as f32 (all of one output after the other), and the biases as f32
  scans/digit-N.png       for each digit the most typical held-out scan of it, as a scanner sees it: dark ink on light
                          paper
"""

import struct
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

HERE = Path(__file__).parent
SEED = 7
SIDE = 8
INK = 16  # full ink in scikit-learn's scans
ENLARGED = 8  # demo scans have this many pixels for each of the data's
WANTED_ACCURACY = 0.95

Layers = list[tuple[np.ndarray, np.ndarray]]


def shifted(scans: np.ndarray) -> np.ndarray:
    """The scans moved by one pixel to each of the four sides: a scan is seldom centred to the pixel."""
    pictures = scans.reshape(-1, SIDE, SIDE)
    moved = []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
        moved.append(padded[:, 1 + dy : 1 + dy + SIDE, 1 + dx : 1 + dx + SIDE])
    return np.concatenate(moved).reshape(-1, SIDE * SIDE)


def train(scans: np.ndarray, labels: np.ndarray) -> Layers:
    """A network of one hidden layer, as (weights, biases) in the precision that the guest calculates in."""
    model = MLPClassifier(hidden_layer_sizes=(64,), alpha=1e-2, max_iter=1000, random_state=SEED)
    model.fit(np.concatenate([scans, shifted(scans)]), np.tile(labels, 5))
    return [(w.astype("<f4"), b.astype("<f4")) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]


def predict(layers: Layers, scans: np.ndarray) -> np.ndarray:
    """The most likely digit of each scan, calculated as the guest does."""
    values = scans.astype("f4")
    for index, (weights, biases) in enumerate(layers):
        values = values @ weights + biases
        if index + 1 < len(layers):
            values = np.maximum(values, 0)
    return values.argmax(axis=1)


def encode(layers: Layers) -> bytes:
    """The file format that the module's comment describes."""
    parts = [struct.pack("<I", len(layers))]
    for weights, biases in layers:
        parts += [struct.pack("<II", *weights.shape), weights.T.tobytes(), biases.tobytes()]
    return b"".join(parts)


def save_scan(scan: np.ndarray, path: Path) -> None:
    """Writes one scan as a picture of dark ink on light paper."""
    paper = np.round(255 * (1 - scan.reshape(SIDE, SIDE))).astype("u1")
    Image.fromarray(np.kron(paper, np.ones((ENLARGED, ENLARGED), "u1"))).save(path, optimize=True)


def most_typical(scans: np.ndarray) -> np.ndarray:
    """The scan nearest to the mean of all: a choice that does not ask the network."""
    return scans[np.linalg.norm(scans - scans.mean(axis=0), axis=1).argmin()]


def main() -> None:
    """Trains, measures, writes weights and scans."""
    scans, labels = load_digits(return_X_y=True)
    scans /= INK
    # The guest tells ink from paper by which of them is rarer.
    assert scans.mean(axis=1).max() < 0.5, "a scan with more ink than paper"

    train_scans, held_out, train_labels, held_out_labels = train_test_split(
        scans, labels, test_size=0.25, random_state=SEED, stratify=labels
    )
    layers = train(train_scans, train_labels)
    accuracy = (predict(layers, held_out) == held_out_labels).mean()
    print(f"accuracy on {len(held_out)} held-out scans: {accuracy:.4f}")
    assert accuracy > WANTED_ACCURACY, f"accuracy {accuracy:.4f}, wanted more than {WANTED_ACCURACY}"

    (HERE / "guest/src/weights.bin").write_bytes(encode(layers))
    (HERE / "scans").mkdir(exist_ok=True)
    for digit in range(10):
        scan = most_typical(held_out[held_out_labels == digit])
        assert predict(layers, scan[None]) == digit, f"the demo scan of {digit} is misread"
        save_scan(scan, HERE / f"scans/digit-{digit}.png")


if __name__ == "__main__":
    main()
