"""Hashes and noise in registers: nothing here reads memory, so it costs the same on any device."""

from __future__ import annotations


def f32(x: float) -> float:
    """To float32 when compiled."""
    return float(x)


def i32(x: float) -> int:
    """Towards zero to int32 when compiled."""
    return int(x)


def u32(x: int) -> int:
    """Wraps to 32 bits, here and when compiled."""
    return x & 0xFFFFFFFF


def clamp01(x: float) -> float:
    return min(1.0, max(0.0, x))


def mix(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


def smoothstep(lo: float, hi: float, x: float) -> float:
    t = min(1.0, max(0.0, (x - lo) / (hi - lo)))
    return t * t * (3.0 - 2.0 * t)


def ifloor(x: float) -> int:
    i = i32(x)
    if x < f32(i):
        i = i32(i - 1)
    return i


def frac(x: float) -> float:
    return x - f32(ifloor(x))


def hash2(ix: int, iz: int, seed: int) -> int:
    """32 well mixed bits of a lattice point (constants: C. Wellons, hash-prospector)."""
    a = u32(u32(ix) * u32(0x8DA6B343))
    b = u32(u32(iz) * u32(0xD8163841))
    c = u32(u32(seed) * u32(0xCB1AB31F))
    h = u32(u32(a ^ b) ^ c)
    h = u32(u32(h ^ u32(h >> u32(16))) * u32(0x7FEB352D))
    h = u32(u32(h ^ u32(h >> u32(15))) * u32(0x846CA68B))
    return u32(h ^ u32(h >> u32(16)))


def unit(h: int) -> float:
    """Hash to [0, 1)."""
    return f32(i32(u32(h >> u32(8)))) * 5.9604645e-08


def random2(ix: int, iz: int, seed: int) -> float:
    """[0, 1) at a lattice point."""
    return unit(hash2(ix, iz, seed))


def lattice(ix: int, iz: int, seed: int) -> float:
    """[-1, 1) at a lattice point."""
    a = u32(u32(ix) * u32(0x8DA6B343))
    b = u32(u32(iz) * u32(0xD8163841))
    h = u32(u32(a ^ b) ^ u32(u32(seed) * u32(0xCB1AB31F)))
    h = u32(u32(h ^ u32(h >> u32(15))) * u32(0x2C1B3C6D))
    h = u32(u32(h ^ u32(h >> u32(13))) * u32(0x297A2D39))
    return f32(i32(u32(h >> u32(8)))) * 1.1920929e-07 - 1.0


def noise(x: float, z: float, seed: int) -> float:
    """Value noise in [-1, 1]."""
    ix = ifloor(x)
    iz = ifloor(z)
    fx = x - f32(ix)
    fz = z - f32(iz)
    u = fx * fx * (3.0 - 2.0 * fx)
    v = fz * fz * (3.0 - 2.0 * fz)
    a = lattice(ix, iz, seed)
    b = lattice(ix + 1, iz, seed)
    c = lattice(ix, iz + 1, seed)
    d = lattice(ix + 1, iz + 1, seed)
    return a + (b - a) * u + (c - a) * v + (a - b - c + d) * u * v


def noise_slope(x: float, z: float, seed: int) -> tuple[float, float, float]:
    """Value noise with its exact derivatives (I. Quilez, "value noise derivatives")."""
    ix = ifloor(x)
    iz = ifloor(z)
    fx = x - f32(ix)
    fz = z - f32(iz)
    u = fx * fx * (3.0 - 2.0 * fx)
    v = fz * fz * (3.0 - 2.0 * fz)
    du = 6.0 * fx * (1.0 - fx)
    dv = 6.0 * fz * (1.0 - fz)
    a = lattice(ix, iz, seed)
    b = lattice(ix + 1, iz, seed)
    c = lattice(ix, iz + 1, seed)
    d = lattice(ix + 1, iz + 1, seed)
    k = a - b - c + d
    return a + (b - a) * u + (c - a) * v + k * u * v, du * (b - a + k * v), dv * (c - a + k * u)


def fbm(x: float, z: float, seed: int, octaves: int) -> float:
    """Sum of noise octaves, about [-1, 1]."""
    total = 0.0
    amp = 0.5
    for k in range(octaves):
        total += amp * noise(x, z, seed + k)
        amp *= 0.5
        x, z = 1.62 * x - 1.21 * z + 7.3, 1.21 * x + 1.62 * z - 3.9
    return total


def eroded(x: float, z: float, seed: int, octaves: int) -> float:
    """Ridged noise whose detail fades on steep ground, about [0, 1]: mountains with spurs and smooth
    valleys."""
    total = 0.0
    amp = 0.5
    sx = 0.0
    sz = 0.0
    for k in range(octaves):
        n, gx, gz = noise_slope(x, z, seed + k)
        sign = -1.0 if n > 0.0 else 1.0
        ridge = 1.0 - 1.6 * abs(n)
        sx += 0.55 * sign * gx
        sz += 0.55 * sign * gz
        total += amp * ridge / (1.0 + sx * sx + sz * sz)
        amp *= 0.46
        x, z = 1.62 * x - 1.21 * z + 5.1, 1.21 * x + 1.62 * z + 2.7
    return total
