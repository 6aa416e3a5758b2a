"""Paints `picture.jpg`, the photograph-like input of the image example: a lake between mountains at sunrise.

    pip install -r requirements.txt
    python make_picture.py

The same picture on every run. It is painted, so that nobody's photograph is needed; it has what makes photographs
hard for decoders and resamplers: smooth gradients, fine texture, hard edges and sensor noise.
"""

from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 1280, 960
HORIZON = 600
SUN = (880, 470)
SEED = 2024

rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype("f4")


def fractal(points: int, octaves: int, rng: np.random.Generator) -> np.ndarray:
    """A rugged line: noise of doubling frequency and halving weight, about -1 to 1."""
    line = np.zeros(points, "f4")
    at = np.linspace(0, 1, points)
    for octave in range(octaves):
        knots = 3 * 2**octave + 1
        line += np.interp(at, np.linspace(0, 1, knots), rng.uniform(-1, 1, knots)) / 2**octave
    return line / 2


def blend(picture: np.ndarray, colour: object, alpha: np.ndarray) -> np.ndarray:
    """`colour` laid over the picture where `alpha` is 1."""
    return picture + (np.asarray(colour, "f4") - picture) * alpha[..., None]


def sky() -> np.ndarray:
    """From deep blue to orange at the horizon, with the sun and its glow."""
    height = np.clip(rows / HORIZON, 0, 1)[..., None]
    picture = np.array([38, 62, 120], "f4") * (1 - height) + np.array([250, 176, 112], "f4") * height
    distance = np.hypot(columns - SUN[0], rows - SUN[1])
    picture = blend(picture, (255, 226, 170), np.exp(-distance / 140))
    return blend(picture, (255, 250, 232), np.clip(44 - distance, 0, 1))


def clouds(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Streaks that are long in the direction of the wind."""
    cover = np.zeros((HEIGHT, WIDTH), "f4")
    for octave in range(2, 7):
        noise = rng.uniform(0, 255, (3 * 2**octave, 2**octave)).astype("u1")
        layer = Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        cover += np.asarray(layer, "f4") / 255 / 2 ** (octave - 1)
    alpha = np.clip((cover - 0.5) * 3, 0, 1) * np.clip(1 - rows / HORIZON, 0, 1)
    return blend(picture, (255, 214, 190), alpha * 0.75)


def mountains(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Three ridges, each nearer, darker and rougher than the one before."""
    for base, swing, colour in ((470, 110, (120, 116, 146)), (530, 90, (74, 80, 104)), (580, 60, (34, 46, 52))):
        ridge = base - swing * (0.6 + fractal(WIDTH, 9, rng))
        texture = rng.normal(0, 7, (HEIGHT, WIDTH, 1))
        picture = blend(picture, np.array(colour) + texture, np.clip(rows - ridge[None, :], 0, 1))
    return picture


def lake(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The upper part mirrored, darkened, and broken by ripples that grow towards the viewer."""
    depth = np.clip(rows - HORIZON, 0, None)
    ripple = np.sin(depth * 0.9 + fractal(WIDTH, 6, rng)[None, :] * 8) * depth * 0.05
    source_row = np.clip(2 * HORIZON - rows + ripple, 0, HORIZON - 1).astype(int)
    source_column = np.clip(columns + ripple * 2, 0, WIDTH - 1).astype(int)
    mirrored = picture[source_row, source_column] * np.array([0.62, 0.70, 0.78], "f4")
    return np.where(rows[..., None] >= HORIZON, mirrored, picture)


def main() -> None:
    """Writes the picture."""
    rng = np.random.default_rng(SEED)
    picture = lake(mountains(clouds(sky(), rng), rng), rng)
    picture += rng.normal(0, 3, picture.shape)
    target = Path(__file__).parent / "picture.jpg"
    Image.fromarray(np.clip(picture, 0, 255).astype("u1")).save(target, quality=82)
    print(f"{target.name}: {WIDTH}x{HEIGHT}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
