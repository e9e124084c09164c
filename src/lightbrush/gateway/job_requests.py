"""What a client asks becomes a job's request, which says all that its units are: nothing is kept yet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lightbrush.enhance import creative, units, upscalers
from lightbrush.enhance.units import Enhancement
from lightbrush.errors import EnhanceError, ShotError
from lightbrush.fleet.job_store import problem_of
from lightbrush.gateway.asked import Enhance, Premiere
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import requested
from lightbrush.premiere.units import Film
from lightbrush.shots import EngineCard


def painter_of(asked: Enhance, cards: Mapping[str, EngineCard]) -> EngineCard | None:
    """Whoever paints anew; None when nothing is. Raises EnhanceError: enhance.creative, enhance.engine; ShotError."""
    creative.check(asked.wishes)
    if not asked.creativity:
        return None
    able = [card for card in cards.values() if card.paints_anew]
    card = next((card for card in able if asked.engine in (None, card.id)), None)
    if card is None:
        fix = f"Able: {', '.join(card.id for card in able)}" if able else "Serve one, such as embedded"
        message = "this gateway has no such engine that can go on from a picture"
        raise EnhanceError("enhance.engine", message, value=asked.engine or "", fix=fix)
    creative.check_card(card, asked.wishes)
    return card


def enhancement_of(data: bytes, asked: Enhance, gpu: bool, card: EngineCard | None) -> Enhancement:
    """gpu: whether workers that enlarge have one. card: of who paints anew. Raises EnhanceError, ShotError, JobError,
    SettingsError: extra.missing."""
    grid = upscalers.unit_grid(asked.model, gpu=gpu)
    quality = 92 if asked.quality is None else asked.quality
    try:
        with tempfile.NamedTemporaryFile(prefix="lightbrush-") as file:
            file.write(data)
            file.flush()
            return units.requested(
                Path(file.name),
                asked.picture,
                asked.to,
                asked.model,
                grid,
                form=asked.format,
                quality=quality,
                card=card,
                wishes=asked.wishes,
            )
    except OSError as error:
        raise problem_of(error, Path(tempfile.gettempdir())) from None


def film_of(path: Path, asked: Premiere, gpu: bool, cards: Mapping[str, EngineCard]) -> Film:
    """path: of the recording. Raises RecordingError, EnhanceError, MediaError, ShotError, SettingsError:
    extra.missing."""
    grid = upscalers.unit_grid(asked.model, gpu=gpu)
    request = Film.of(
        requested(Log(path), asked.to, asked.model, grid, form=asked.format, steps=asked.steps, fps=asked.fps)
    )
    for look in request.looks:
        card = cards.get(look.engine)
        if card is None:
            fix = f"Engines: {', '.join(cards)}"
            raise ShotError("shot.engine", "this gateway does not have that engine", value=look.engine, fix=fix)
        low, high = card.steps
        if asked.steps and not low <= asked.steps <= high:
            raise ShotError("shot.steps", f"steps is {low} to {high}, or 0 as they were drawn", value=asked.steps)
    return request
