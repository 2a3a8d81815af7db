"""What a mail of a procedure says: its template filled in. The same for a running case and for a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.values import from_feel
from engine.letter_values import DECISIONS, impersonal
from engine.operation_parameters import WrongParameters
from forms import letters


def written(
    template: str,
    settings: Mapping[str, Any],
    *,
    number: str,
    public_key: str,
    url: str,
    data: Any = None,
    reasons: Mapping[str, Any] | None = None,
) -> tuple[str, str]:
    """(subject, body).

    settings: procedure.yaml.  url: page of the case.  data: what the model gives the template beside them, a FEEL
    context; a mail goes over open networks, so nothing personal.  reasons: of decisions, as letter_values gives them;
    of each the template sees the rules and the dated parameters, never inputs or results.
    Raises LetterRefused: the template names a value nobody gave.  WrongParameters: data is no context.
    """
    if data is not None and not isinstance(data, Mapping):
        raise WrongParameters(f"notify: data must be a context, not {type(data).__name__}")
    values = {
        "case": {"number": number, "public_key": public_key},
        "number": number,
        "procedure": {"name": settings["name"], "short_name": settings["short_name"]},
        "office": dict(settings["office"]),
        "url": url,
        **({} if data is None else from_feel(dict(data))),
    }
    if reasons is not None:
        values[DECISIONS] = from_feel(impersonal(reasons))
    return letters.mail(template, values)
