"""The light of a scene: colours of sky, sun, air and clouds for an hour, a warmth, a weather and a tint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.materials import tinted, to_linear

F64 = NDArray[np.float64]

# Hours as sun heights; for each: what a painter would mix, sRGB, for warm and for cool light. Lights are
# linear.
HOURS = np.array([-1.0, -0.5, -0.26, -0.12, 0.0, 0.14, 0.36, 0.62, 1.0])
_SKY: dict[str, list[tuple[tuple[int, int, int], tuple[int, int, int]]]] = {
    #            midnight                        night                           blue hour
    "zenith": [((8, 13, 34), (10, 12, 40)), ((13, 23, 54), (17, 20, 60)), ((30, 48, 98), (40, 44, 104)),
               ((48, 72, 130), (60, 68, 136)), ((72, 100, 158), (84, 98, 164)),
               ((96, 144, 194), (116, 142, 198)),
               ((92, 146, 210), (104, 146, 210)), ((72, 134, 210), (76, 134, 212)),
               ((54, 118, 204), (56, 118, 206))],
    "horizon": [((20, 32, 62), (28, 30, 70)), ((34, 52, 92), (48, 48, 102)),
    ((104, 104, 140), (110, 100, 160)),
                ((206, 148, 120), (188, 142, 164)), ((246, 184, 120), (238, 180, 176)),
                ((250, 216, 166), (244, 212, 204)),
                ((208, 222, 230), (214, 216, 232)), ((190, 214, 234), (196, 212, 236)),
                ((176, 208, 236), (180, 208, 236))],
    "band": [((14, 26, 48), (24, 22, 52)), ((24, 36, 60), (36, 30, 66)), ((190, 98, 70), (150, 80, 140)),
             ((250, 120, 50), (240, 110, 140)), ((255, 140, 50), (250, 150, 146)),
             ((255, 180, 90), (255, 168, 150)),
             ((255, 226, 170), (250, 216, 206)), ((230, 235, 235), (232, 232, 238)),
             ((220, 232, 240), (222, 232, 240))],
    "glow": [((120, 150, 210), (130, 140, 215)), ((130, 158, 214), (140, 150, 220)),
    ((230, 130, 80), (200, 120, 180)),
             ((255, 140, 60), (255, 130, 150)), ((255, 172, 84), (255, 180, 158)),
             ((255, 204, 120), (255, 196, 170)),
             ((255, 232, 184), (255, 226, 205)), ((255, 244, 220), (255, 242, 226)),
             ((255, 250, 236), (255, 250, 238))],
    "disc": [((226, 232, 240), (226, 232, 244)), ((232, 234, 236), (232, 234, 240)),
    ((250, 226, 190), (250, 220, 210)),
             ((255, 176, 90), (255, 172, 136)), ((255, 206, 104), (255, 204, 150)),
             ((255, 230, 150), (255, 228, 186)),
             ((255, 244, 205), (255, 240, 215)), ((255, 250, 228), (255, 250, 232)),
             ((255, 252, 240), (255, 252, 240))],
}  # fmt: skip
_LIGHT = np.array(  # linear, warm then cool
    [
        [(0.24, 0.31, 0.48), (0.27, 0.28, 0.50)], [(0.36, 0.45, 0.66), (0.40, 0.42, 0.70)],
        [(0.34, 0.36, 0.52), (0.38, 0.34, 0.55)],
        [(0.85, 0.48, 0.26), (0.78, 0.42, 0.50)], [(2.3, 1.18, 0.45), (2.05, 1.18, 0.98)],
        [(3.0, 1.95, 0.98), (2.7, 1.9, 1.5)],
        [(3.1, 2.45, 1.62), (2.95, 2.4, 1.95)], [(3.1, 2.75, 2.2), (3.05, 2.75, 2.35)],
        [(3.2, 2.95, 2.55), (3.15, 2.95, 2.6)],
    ]
)  # fmt: skip
_AMBIENT = np.array(
    [
        [(0.066, 0.095, 0.17), (0.075, 0.085, 0.175)], [(0.10, 0.138, 0.235), (0.114, 0.127, 0.245)],
        [(0.18, 0.21, 0.34), (0.20, 0.195, 0.36)], [(0.27, 0.28, 0.40), (0.28, 0.265, 0.42)],
        [(0.38, 0.38, 0.46), (0.385, 0.36, 0.49)],
        [(0.46, 0.47, 0.54), (0.47, 0.44, 0.58)], [(0.47, 0.53, 0.63), (0.49, 0.52, 0.65)],
        [(0.47, 0.57, 0.72), (0.48, 0.57, 0.73)],
        [(0.50, 0.61, 0.77), (0.50, 0.61, 0.77)],
    ]
)  # fmt: skip
_DISC_POWER = np.array([1.0, 1.1, 1.3, 2.8, 5.2, 6.5, 7.5, 8.0, 9.0])
_GLOW = np.array([0.35, 0.32, 0.42, 0.85, 1.0, 0.8, 0.55, 0.42, 0.38])
_BAND = np.array([0.25, 0.3, 0.55, 0.9, 0.75, 0.45, 0.15, 0.05, 0.0])


def radiance(srgb: F64) -> F64:
    """Linear radiance that the shader's tone curve shows as this sRGB colour (0..255)."""
    y = np.clip(to_linear((np.asarray(srgb) / 255.0).astype(np.float32)).astype(np.float64), 0.0, 0.88)
    a, b, c = 2.51 - 2.43 * y, 0.03 - 0.59 * y, -0.14 * y
    x: F64 = (-b + np.sqrt(b * b - 4.0 * a * c)) / (2.0 * a) / 0.72
    return x


def _hours(values: F64, height: F64) -> F64:
    """Values [hours, ...] at sun heights [N]."""
    k = np.clip(np.searchsorted(HOURS, height, side="right") - 1, 0, len(HOURS) - 2)
    t = (np.clip(height, -1.0, 1.0) - HOURS[k]) / (HOURS[k + 1] - HOURS[k])
    t = t.reshape((-1,) + (1,) * (values.ndim - 1))
    out: F64 = values[k] * (1.0 - t) + values[k + 1] * t
    return out


def _toned(pairs: F64, height: F64, warmth: F64) -> F64:
    """Colours [hours, 2 (warm, cool), 3] at [N] heights and warmths in [-1, 1]."""
    both = _hours(pairs, height)
    k = (0.5 + 0.5 * np.clip(1.25 * warmth, -1.0, 1.0))[:, None]
    out: F64 = both[:, 1] * (1.0 - k) + both[:, 0] * k
    return out


def _grey(c: F64) -> F64:
    out: F64 = (c * np.array([0.2126, 0.7152, 0.0722])).sum(axis=1)[:, None]
    return out


def _mix(a: F64, b: F64, t: F64) -> F64:
    out: F64 = a + (b - a) * t[:, None]
    return out


def light(height: F64, warmth: F64, storm: F64, overcast: F64, tint_x: F64, tint_y: F64) -> dict[str, F64]:
    """Linear colours [N, 3] and strengths [N] of the light; storm and overcast in [0, 1], tint as in
    ATTRIBUTES."""
    sky = {name: _toned(radiance(np.array(rows, np.float64)), height, warmth) for name, rows in _SKY.items()}
    lamp = _toned(_LIGHT, height, warmth)
    # Warmth also bends the daylight itself, a little.
    day = np.clip(height * 3.0, 0.0, 1.0)
    bend = 1.0 + 0.17 * (warmth * day)[:, None] * np.array([0.55, 0.0, -1.0])
    lamp = lamp * bend
    ambient = _toned(_AMBIENT, height, warmth) * (1.0 + 0.5 * (bend - 1.0))
    zenith, horizon = sky["zenith"] * (1.0 + 0.6 * (bend - 1.0)), sky["horizon"] * bend
    # Storm: slate skies, a dimmed sun, but a light gap at the horizon.
    slate = np.array([0.80, 0.93, 1.12])
    zenith = _mix(zenith, _grey(zenith) * slate * 0.30, 0.94 * storm)
    horizon = _mix(horizon, _grey(horizon) * slate * 0.46, 0.76 * storm)
    veil = np.clip(0.75 * overcast, 0.0, 1.0)
    zenith = _mix(zenith, _grey(zenith) * 0.5 + _grey(horizon) * 0.42, veil)
    lamp = lamp * (1.0 - 0.72 * storm - 0.45 * overcast * (1.0 - storm))[:, None]
    ambient = _mix(ambient, _grey(ambient) * slate * 0.48, 0.88 * storm)
    ambient = ambient * (1.0 + 0.25 * overcast * (1.0 - storm))[:, None]
    glow_power = _hours(_GLOW, height) * (1.0 - 0.55 * storm) * (1.0 - 0.45 * overcast)
    # Tint: all that the sky sheds takes its hue, the sun's own light a little of it.
    one = np.ones(len(height))

    def tint(c: F64, amount: float) -> F64:
        return tinted(c.astype(np.float32), tint_x.astype(np.float32), tint_y.astype(np.float32),
                      (one * amount).astype(np.float32)).astype(np.float64)  # fmt: skip

    zenith, horizon = tint(zenith, 1.0), tint(horizon, 0.9)
    band, glow = tint(sky["band"], 0.75), tint(sky["glow"], 0.55)
    ambient = tint(ambient, 0.55)
    lamp = tint(lamp, 0.16)
    cloud_lit = lamp * 0.36 + ambient * 0.75 + _grey(horizon) * 0.12
    cloud_dark = ambient * 0.62 + zenith * 0.22 + horizon * 0.10
    cloud_dark = cloud_dark * (1.0 - 0.55 * storm)[:, None]
    cloud_lit = cloud_lit * (1.0 - 0.4 * storm)[:, None]
    haze = horizon * 0.8 + zenith * 0.2
    return {
        "zenith": zenith,
        "horizon": horizon,
        "glow": glow,
        "band": band,
        "disc": sky["disc"] * (_hours(_DISC_POWER, height) / np.maximum(sky["disc"].max(axis=1), 0.1))[:, None],
        "light": lamp,
        "ambient": ambient,
        "bounce": 0.16 * lamp * np.array([1.0, 0.9, 0.7]) + 0.12 * ambient,
        "haze": haze,
        "cloud_lit": cloud_lit,
        "cloud_dark": cloud_dark,
        "glow_power": glow_power,
        "band_power": _hours(_BAND, height) * (1.0 - 0.5 * storm),
    }


def other_light(
    lit: dict[str, F64],
    alien: NDArray[np.bool_],
    airless: NDArray[np.bool_],
    under: NDArray[np.bool_],
    tint_x: F64,
    tint_y: F64,
) -> None:
    """Changes the light [N] of the scenes on other worlds and under the sea."""
    for name, air, none in (
        ("zenith", 0.3, 0.004), ("horizon", 0.62, 0.012), ("band", 1.0, 0.0), ("haze", 0.62, 0.012),
        ("ambient", 0.85, 0.3), ("light", 1.0, 1.15), ("bounce", 1.0, 0.5),
    ):  # fmt: skip
        lit[name] = lit[name] * np.where(airless, none, np.where(alien, air, 1.0))[:, None]
    # A night with planets in it is no dark night.
    for name, least in (("ambient", 0.13), ("light", 0.95)):
        grey = np.maximum(_grey(lit[name]), 1e-6)
        lit[name] = np.where(alien[:, None], lit[name] * np.maximum(least / grey, 1.0), lit[name])
    for name in ("ambient", "light"):
        lit[name] = np.where(airless[:, None], _grey(lit[name]), lit[name])
    lit["glow_power"] = lit["glow_power"] * np.where(airless, 0.12, np.where(under, 0.25, 1.0))
    # Water: less light with every hour towards night, blue-green whatever the sky; a sky tint dyes it.
    day = np.clip(_grey(lit["light"])[:, 0] / 2.4, 0.26, 1.0)
    turn = np.clip(_grey(lit["band"])[:, 0], 0.0, 1.0)[:, None]
    sea = {
        "zenith": (0.10, 0.62, 0.80), "horizon": (0.02, 0.26, 0.40), "haze": (0.014, 0.22, 0.36),
        "glow": (0.42, 0.95, 1.0), "light": (1.7, 2.1, 1.9), "ambient": (0.30, 0.5, 0.56),
        "bounce": (0.12, 0.2, 0.2), "band": (0.0, 0.0, 0.0),
    }  # fmt: skip
    shift = np.array([0.0, 0.07, -0.07])
    for name, rgb in sea.items():
        colour = np.maximum(np.array(rgb) * (1.0 + shift * turn), 0.0) * day[:, None]
        dyed = tinted(
            colour.astype(np.float32), tint_x.astype(np.float32), tint_y.astype(np.float32),
            np.full(len(day), 0.8, np.float32),
        )  # fmt: skip
        lit[name] = np.where(under[:, None], dyed.astype(np.float64), lit[name])
