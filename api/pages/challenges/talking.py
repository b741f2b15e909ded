"""What is said around a challenge: questions and their answers, and the files that it is told with."""

from __future__ import annotations

from fastapi import APIRouter, Response, UploadFile

from api.identity.authentication import KnownFirst
from api.pages import acting, forms
from api.pages.challenges import one
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import LookingDep
from api.routes import challenge_documents, challenge_talks
from api.schemas.challenges import QuestionPost, Replies
from matcher.errors import Invalid

router = APIRouter(include_in_schema=False)
uploads = APIRouter(include_in_schema=False, route_class=KnownFirst)


@router.post("/challenges/{id}/questions")
def ask(id: str, looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        challenge_talks.ask_question(id, forms.read(sent, QuestionPost, looking.zone), looking, form.key)
        return looking.go(
            f"/challenges/{id}#questions", _("Asked. The answer goes to everybody; nobody learns who asked.")
        )

    return acting.act(looking, form, one.PAGE, do, lambda: one.told(looking, id))


@router.post("/challenges/{id}/replies")
def reply(id: str, looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        challenge_talks.answer_questions(id, forms.read(sent, Replies, looking.zone), looking)
        return looking.go(f"/challenges/{id}#questions", _("Answered to everybody."))

    return acting.act(looking, form, one.PAGE, do, lambda: one.told(looking, id))


@uploads.post("/challenges/{id}/documents")
def add_document(id: str, looking: LookingDep, file: UploadFile | None = None) -> Response:
    def do() -> Response:
        if file is None or not file.filename:
            raise Invalid("choose a file first", place="file")
        challenge_documents.add_document(id, file, looking)
        return looking.go(f"/challenges/{id}#documents", _("The file is added."))

    return acting.act(looking, forms.blank(), one.PAGE, do, lambda: one.told(looking, id))


@router.post("/challenges/{id}/documents/{file_id}/removal")
def remove_document(id: str, file_id: str, looking: LookingDep) -> Response:
    def do() -> Response:
        challenge_documents.remove_document(id, file_id, looking)
        return looking.go(f"/challenges/{id}#documents", _("The file is taken out."))

    return acting.act(looking, forms.blank(), one.PAGE, do, lambda: one.told(looking, id))


router.include_router(uploads)
