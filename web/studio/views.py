"""Every page of the studio."""

from __future__ import annotations

from web.studio import drafts, editors, previews, procedures, publishing, trials
from web.studio.blueprint import blueprint

__all__ = ["blueprint", "drafts", "editors", "previews", "procedures", "publishing", "trials"]
