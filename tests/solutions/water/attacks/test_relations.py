"""A relation foretells a signal from others, and is judged on rows that it had not seen."""

from __future__ import annotations

import numpy as np

from kota.solutions.water.attacks.relations import Size, fit_relation

SIZE = Size(features=120, spread_features=30)


def made(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    flow, level = rng.uniform(0, 3, rows), rng.uniform(0, 5, rows)
    noise = np.where(flow > 1.5, 0.3, 0.02) * rng.normal(size=rows)
    return np.stack([flow, level, 20 + level + flow**2 + noise], axis=1)


def test_a_head_follows_from_flow_and_level_with_its_spread() -> None:
    values = made(1200, 1)
    relation, strain = fit_relation(
        values,
        2,
        np.array([0, 1]),
        folds=np.arange(1200) // 200,
        resolution=0.01,
        rng=np.random.default_rng(0),
        size=SIZE,
    )
    later = made(400, 2)
    calm, loud = later[later[:, 0] < 1.2], later[later[:, 0] > 1.8]
    assert np.abs(relation.expected(calm) - calm[:, 2]).mean() < 0.06
    assert relation.spread(loud).mean() > 4 * relation.spread(calm).mean()
    assert np.median(np.abs(relation.strain(later))) < 2.0
    assert np.median(np.abs(strain)) < 2.0


def test_strain_has_the_sign_of_the_error() -> None:
    values = made(600, 1)
    relation, _ = fit_relation(
        values,
        2,
        np.array([0, 1]),
        folds=np.arange(600) // 100,
        resolution=0.01,
        rng=np.random.default_rng(0),
        size=SIZE,
    )
    higher, lower = values[:20].copy(), values[:20].copy()
    higher[:, 2] += 5.0
    lower[:, 2] -= 5.0
    assert (relation.strain(higher) > 3).all()
    assert (relation.strain(lower) < -3).all()
