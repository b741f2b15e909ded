"""What a form asks for, done; and where it is refused, the form again with what was typed and what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Response
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import errors
from api.errors import Problem
from api.pages import forms
from api.pages.forms import Form
from api.pages.looking import Looking
from matcher.errors import Invalid, JiebangError

log = logging.getLogger(__name__)


def act(
    looking: Looking, form: Form, template: str, do: Callable[[], Response], told: Callable[[], Mapping[str, Any]]
) -> Response:
    """What `do` answers, or the form's page with what was typed. A session that is over is left to the sign-in
    page, which carries on what was sent.

    What the page tells beside the form is asked for only when it is shown, and so stands as `do` has left it.
    """
    try:
        return do()
    except Exception as error:
        if errors.asks_to_sign_in(error):
            raise
        status = refuse(form, error)
    return looking.show(template, status, form=form, **told())


def refuse(form: Form, error: Exception) -> int:
    """Tells at the form what is wrong. The status that goes with it."""
    if isinstance(error, ValidationError | Invalid):
        forms.refused(form, error)
        return 422
    if isinstance(error, Problem):
        forms.placed(form, error.members.get("errors") or [])
        if not form.wrong:
            form.wrong[""] = error.detail
        return error.status
    if isinstance(error, JiebangError):
        form.wrong[""] = str(error)
        return errors.status_of(error)
    if isinstance(error, IntegrityError):
        form.wrong[""] = errors.COLLISION
        return 409
    if isinstance(error, OperationalError | PoolTimeout):
        form.wrong[""] = errors.BUSY
        return 503
    log.error("a form was not answered: %s", errors.trace(error))
    form.wrong[""] = errors.BROKEN
    return 500
