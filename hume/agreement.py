"""Stage: how far the raters of one kind say the same."""

from __future__ import annotations

from hume.baseline import KINDS
from hume.parsed import ParsedSubset
from hume.records import AgreementRow


def agreement(subset: ParsedSubset) -> list[AgreementRow]:
    """The task type's coefficients among people, and apart from them among simulated raters."""
    return [
        AgreementRow(
            **subset.row,
            kind=kind,
            coefficient=agreed.coefficient,
            value=agreed.value,
            n_items=agreed.n_items,
            n_raters=agreed.n_raters,
            reason=agreed.reason,
        )
        for kind in KINDS
        if (sheets := subset.of_kind(kind))
        for agreed in subset.type.agreement(subset.items, [sheet.answers for sheet in sheets], subset.settings)
    ]
