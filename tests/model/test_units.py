from kota.model import units


def test_known_code_gives_symbol_and_name() -> None:
    assert units.unit("G51") == units.Unit("G51", "L/s", "litre per second")


def test_unknown_code_stands_for_itself() -> None:
    assert units.unit("K7X").symbol == "K7X"


def test_every_code_stands_once() -> None:
    codes = [unit.code for unit in units.known()]
    assert len(codes) == len(set(codes))
