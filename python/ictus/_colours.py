"""Which colour a regime has: the one that `ictus plot` gives it. Knows nothing of pictures.

The palettes and the order are those of `src/show/colours.rs`; a test compares both. They are here a second time since the
colours must be known of data that is in memory only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["UNCLASSIFIED", "UNDEFINED", "of_pairs", "regime_colours"]

#: A place where a feature is undefined.
UNDEFINED = "#d4d4d4"

_INK, _PAPER = "#222222", "#ffffff"
_WARM = ("#d55e00", "#f2b134", "#8c2a3c", "#f0987c", "#b9529c", "#f6df8d")
_COOL = ("#5fc4a8", "#14706b", "#27326b", "#8e9be0", "#5f8f3e", "#c2b5e8")
_KNOWN = {"fixed_point": "#c6dff4", "oscillation": "#2c6fb3"}
_GREYS = {
    "unsettled": "#878787",
    "diverged": "#2b2b2b",
    "excluded": "#ebebeb",
    "not_computed": "#ffffff",
    "undetermined": "#c4c4c4",
    "failed": "#555555",
    "singular": "#7c725c",
}
# Degrees of OKLCH.
_WARM_HUES, _COOL_HUES = (-40.0, 105.0), (125.0, 310.0)

#: Labels of points that could not be told.
UNCLASSIFIED = frozenset(_GREYS)

_Floats = npt.NDArray[np.float64]


def of_pairs(text: str, between: str) -> dict[str, str]:
    """What an attribute `NAME=TEXT`, divided by a letter, says of names."""
    pairs = (pair.split("=", 1) for pair in text.split(between) if "=" in pair)
    return {name.strip(): value.strip() for name, value in pairs}


def regime_colours(names: Sequence[str], seizing: Sequence[bool], own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The colours of regimes, as `#rrggbb`: seizures are warm, other dynamics cool, what could not be told is grey. They depend on
    the list of names alone, not on which of them a map has. `own` are colours that a study gives; they change no other."""
    is_warm = dict(zip(names, seizing, strict=True))
    cool = [name for name in names if not is_warm[name] and name not in _KNOWN and name not in _GREYS]
    warm = [name for name in names if is_warm[name]]
    colours = dict(zip(warm, _family(_WARM, _WARM_HUES, len(warm)), strict=True))
    colours |= dict(zip(cool, _family(_COOL, _COOL_HUES, len(cool)), strict=True))
    usual = {name: colours.get(name) or _KNOWN.get(name) or _GREYS[name] for name in names}
    return usual | {name: colour for name, colour in (own or {}).items() if name in usual}


@cache
def _family(palette: tuple[str, ...], hues: tuple[float, float], count: int) -> tuple[str, ...]:
    """So many colours of a family: first those of its palette, then always the candidate that is farthest from all before."""
    if count <= len(palette):
        return palette[:count]
    hue, chroma, lightness = np.meshgrid(
        np.radians(np.linspace(*hues, 25)), np.linspace(0.05, 0.20, 6), np.linspace(0.34, 0.92, 11), indexing="ij"
    )
    wanted = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1).reshape(-1, 3)
    candidates = _srgb(wanted)
    places = _lab(candidates)
    is_shown = _distance(places, wanted) < 0.01
    candidates, places = candidates[is_shown], places[is_shown]
    taken = _lab(_bytes([*_GREYS.values(), *_KNOWN.values(), _INK, _PAPER, *_WARM, *_COOL]))
    apart = _distance(places[:, None], taken[None]).min(axis=1)
    colours = list(palette)
    while len(colours) < count:
        best = int(apart.argmax())
        colours.append("#{:02x}{:02x}{:02x}".format(*candidates[best]))
        apart = np.minimum(apart, _distance(places, places[best]))
    return tuple(colours)


def _bytes(colours: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.array([list(bytes.fromhex(colour[1:])) for colour in colours], dtype=np.uint8)


def _distance(one: _Floats, other: _Floats) -> _Floats:
    distance: _Floats = np.sqrt(((one - other) ** 2).sum(axis=-1))
    return distance


# OKLab, after Ottosson (2020), https://bottosson.github.io/posts/oklab/.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB = np.array([[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]])
_FROM_CONES = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def _lab(colours: npt.NDArray[np.uint8]) -> _Floats:
    value = colours / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lab: _Floats = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def _srgb(lab: _Floats) -> npt.NDArray[np.uint8]:
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_CONES.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rounded: npt.NDArray[np.uint8] = np.floor(255.0 * encoded + 0.5).astype(np.uint8)
    return rounded
