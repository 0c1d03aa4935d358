"""The table of planted defects keeps up with the code, so that `make mutate` never tries to break what is no longer there."""

import pytest

from tests.mutate import DEFECTS, PAGE, ROOT, Defect


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_has_its_place_in_the_code(defect: Defect) -> None:
    """If this fails, the line has changed: say in tests/mutate.py what it is now, and see that `make mutate` turns red."""
    assert defect.occurrences == 1
    assert defect.replacement != defect.text
    path, _, test = defect.tests.partition("::")
    if defect.half == PAGE:
        assert f'("{test}' in (ROOT / PAGE / path).read_text(encoding="utf-8")
    else:
        assert f"def {test.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8")
