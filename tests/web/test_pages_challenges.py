"""The pages of challenges: who sees what of them, and what their forms do, in a browser without scripts."""

from __future__ import annotations

import re

import pytest
from challenge_desk import API, SUMMARY, Desk, in_days
from fastapi.testclient import TestClient
from pages_support import fields, filled, key, page, send, told, words
from sqlmodel import select
from web_support import Side, engine_of, new_person, signed_in, visitor

from matcher.engine import key_shares
from matcher.engine.key_shares import Cost
from matcher.entities import PlatformRole, Role, Round, now
from matcher.sessions import writing


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase's key costs a second on purpose; here it costs none."""
    monkeypatch.setattr(key_shares, "COST", Cost(1, 8192))


@pytest.fixture
def desk(client: TestClient, need_side: Side) -> Desk:
    return Desk(client, need_side)


@pytest.fixture
def setter(client: TestClient, need_side: Side) -> TestClient:
    return visitor(client, need_side.owner)


@pytest.fixture
def matchmaker(client: TestClient) -> TestClient:
    return visitor(client, platform=[PlatformRole.MATCHMAKER])


# -- the list ---------------------------------------------------------------------------------------


def test_the_list_shows_published_ones_to_everybody_and_drafts_to_their_setter(
    client: TestClient, desk: Desk, setter: TestClient
) -> None:
    draft, published = desk.opened(title="还是草稿的榜单"), desk.published(title="已经发布的榜单")
    everybody = page(client, "/challenges", language="en")
    assert (published["title"] in everybody, draft["title"] in everybody) == (True, False)
    assert draft["title"] in page(setter, "/challenges?view=drafts")
    assert published["title"] in page(setter, "/challenges?view=ours")


def test_filters_narrow_the_list_and_go_along_to_feed_and_calendar(client: TestClient, desk: Desk) -> None:
    desk.published(title="只此一个")
    narrowed = "?words=只此一个&mechanism=race&budget_min=1&deadline_until=2999-01-01&state=&field="
    shown = page(client, f"/challenges{narrowed}")
    assert "只此一个" in shown
    [feed] = re.findall(r'<a href="(/challenges\.atom[^"]*)"', shown[: shown.index("<footer")])
    assert client.get(feed.replace("&amp;", "&")).status_code == 200
    assert "只此一个" in client.get(feed.replace("&amp;", "&")).text
    assert "清除筛选条件" in page(client, "/challenges?words=只此一个&mechanism=explorer")
    assert client.get("/challenges?state=nowhere", headers={"Accept": "text/html"}).status_code == 422


def test_matchmakers_see_what_waits_to_be_published(desk: Desk, matchmaker: TestClient) -> None:
    waiting = desk.opened(title="等待审核的榜单")
    assert waiting["title"] not in page(matchmaker, "/challenges?view=waiting")
    desk.poster.post(f"{API}/challenges/{waiting['id']}/propose")
    assert waiting["title"] in page(matchmaker, "/challenges?view=waiting")


# -- one ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "state"), [("zh-CN", "征集中"), ("zh-TW", "徵集中"), ("en", "open for answers")])
def test_a_challenge_shows_where_it_stands_in_the_readers_language(
    client: TestClient, desk: Desk, language: str, state: str
) -> None:
    id = desk.published()["id"]
    shown = page(client, f"/challenges/{id}", language=language)
    [here] = re.findall(r'<li aria-current="step">\s*(\S[^<]*?)\s*<', shown)
    assert here == state
    assert f"/answers/new?challenge={id}" in shown


def test_everybody_reads_what_is_asked_and_only_its_setter_is_offered_moves(
    client: TestClient, desk: Desk, setter: TestClient, matchmaker: TestClient
) -> None:
    id = desk.published()["id"]
    everybody, own, of_desk = (page(one, f"/challenges/{id}") for one in (client, setter, matchmaker))
    for shown in (everybody, own, of_desk):
        assert SUMMARY in shown
        assert "先进性" in shown
    offered = [set(re.findall(r"/moves/(\w+)", shown)) for shown in (everybody, own, of_desk)]
    assert offered == [set(), {"extend", "close", "cancel"}, {"close"}]
    assert f"/challenges/{id}/amend" in own
    assert f"/challenges/{id}/amend" not in of_desk
    assert "Not yet:" in own


def test_a_draft_is_nothing_to_others(client: TestClient, desk: Desk, lab: str) -> None:
    id = desk.opened()["id"]
    for path in ("", "/edit", "/invitations", "/custodians", "/moves/propose", "/gate"):
        answer = visitor(client, lab).get(f"/challenges/{id}{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 404, path


# -- opened, edited, published ------------------------------------------------------------------------


def test_a_draft_begins_from_what_is_public_of_its_needs(
    client: TestClient, need_side: Side, setter: TestClient
) -> None:
    public = need_side.post(client, title="公开的需求", problem="公开的难题")
    secret = need_side.post(client, title="不公开的需求", problem="不公开的难题", disclosure="consent")
    assert "公开的需求" in page(setter, "/challenges/new")
    assert "race" in page(setter, f"/challenges/new?need={public['id']}")
    begun = page(setter, f"/challenges/new?need={public['id']}&need={secret['id']}&mechanism=race")
    assert "公开的难题" in begun
    assert "不公开的难题" not in begun
    assert filled(begun)["indicators.0.name"] == ["表面残碱"]


def test_a_draft_is_written_in_a_form_once(client: TestClient, need_side: Side, setter: TestClient) -> None:
    need = need_side.post(client, title="要发榜的需求")["id"]
    sent = filled(page(setter, f"/challenges/new?need={need}&mechanism=race"))
    sent |= {
        "title": ["表单里的榜单"],
        "summary": [SUMMARY],
        "rounds.1.deadline": ["2998-05-01T12:00"],
        "rounds.2.goes_on": ["1"],
        "rubric.0.name": ["先进性"],
        "rubric.0.weight": ["3"],
        "rubric.0.anchors.1.score": ["100"],
        "rubric.0.anchors.1.meaning": ["已在产线验证"],
    }
    answers = [send(setter, "/challenges/new", sent) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    made = setter.get(f"{API}{answers[0].headers['location']}").json()
    assert (made["title"], made["state"], made["budget"]) == ("表单里的榜单", "draft", "800000")
    assert [one["deadline"] for one in made["rounds"]] == [None, "2998-05-01T12:00:00+08:00", None]
    [criterion] = made["rubric"]
    assert (criterion["key"], criterion["weight"]) == ("criterion_1", 3)
    assert criterion["anchors"] == [{"score": 100, "meaning": "已在产线验证"}]


def test_a_refused_draft_comes_back_with_everything_in_it(
    client: TestClient, need_side: Side, setter: TestClient
) -> None:
    need = need_side.post(client)["id"]
    sent = filled(page(setter, f"/challenges/new?need={need}&mechanism=open_challenge"))
    stages = {"payment_stages.0.title": ["签约"], "payment_stages.0.share": ["30"], "payment_stages.1.share": ["ten"]}
    refused = send(setter, "/challenges/new", {**sent, **stages, "title": [""], "budget": ["很多"]})
    assert refused.status_code == 422
    for place in ("title", "budget", "payment_stages.1.share"):
        assert f'href="#{place}"' in refused.text
    assert 'value="很多"' in refused.text
    assert filled(refused.text)["payment_stages.0.share"] == ["30"]


def test_one_more_row_and_another_mechanism_are_shown_and_nothing_is_saved(
    client: TestClient, need_side: Side, setter: TestClient
) -> None:
    need = need_side.post(client)["id"]
    sent = filled(page(setter, f"/challenges/new?need={need}&mechanism=open_challenge")) | {"title": ["照样在"]}
    more = send(setter, "/challenges/new", {**sent, "_more": "rubric.0.anchors"})
    assert {"rubric.0.anchors.2.score"} <= fields(more.text)
    other = send(setter, "/challenges/new", {**sent, "mechanism": ["race"], "_mechanism": "show"})
    assert {"rounds.2.deadline"} <= fields(other.text)
    assert 'value="照样在"' in other.text
    assert "照样在" not in page(setter, "/challenges?view=drafts")


def test_a_draft_edited_meanwhile_is_not_overwritten_unknowingly(desk: Desk, setter: TestClient) -> None:
    opened = desk.opened()
    path = f"/challenges/{opened['id']}"
    sent = filled(page(setter, f"{path}/edit")) | {"title": ["后来的标题"]}
    edited = {**desk.draft(), "need_ids": opened["need_ids"], "title": "先到的标题"}
    assert desk.poster.put(f"{API}{path}", json=edited, headers={"If-Match": "*"}).status_code == 200
    stale = send(setter, f"{path}/edit", sent)
    assert stale.status_code == 412
    assert "后来的标题" in stale.text
    assert told(send(setter, f"{path}/edit", {**sent, "_overwrite": "yes"})) == "Saved."
    assert setter.get(f"{API}{path}").json()["title"] == "后来的标题"


def test_a_challenge_is_handed_in_given_back_and_published_beside_the_gates_findings(
    desk: Desk, setter: TestClient, matchmaker: TestClient
) -> None:
    path = f"/challenges/{desk.opened(contact='')['id']}"
    asked = page(setter, f"{path}/moves/propose")
    assert "It cannot be published yet." in words(asked)
    assert "missing, and needed: Contact" in words(asked)
    assert told(send(setter, f"{path}/moves/propose", filled(asked))).startswith("Handed in.")
    kept = page(matchmaker, f"{path}/moves/publish")
    refused = send(matchmaker, f"{path}/moves/publish", filled(kept))
    assert (refused.status_code, "missing: whom to ask" in words(refused.text)) == (409, True)
    back = {**filled(page(matchmaker, f"{path}/moves/give_back")), "reason": ["缺联系人"]}
    assert told(send(matchmaker, f"{path}/moves/give_back", back)) == "It is a draft again."
    mended = filled(page(setter, f"{path}/edit")) | {"contact": ["li@example.org"]}
    send(setter, f"{path}/edit", mended)
    send(setter, f"{path}/moves/propose", filled(page(setter, f"{path}/moves/propose")))
    assert send(matchmaker, f"{path}/moves/publish", filled(kept)).status_code == 412
    read = filled(page(matchmaker, f"{path}/moves/publish"))
    assert told(send(matchmaker, f"{path}/moves/publish", read)).startswith("Published.")
    assert "likely do it" in matchmaker.get(f"{path}/gate?part=labs").text


# -- published ----------------------------------------------------------------------------------------


def test_an_amendment_needs_its_reason_and_stands_with_what_it_changed(
    client: TestClient, desk: Desk, setter: TestClient
) -> None:
    path = f"/challenges/{desk.published()['id']}"
    sent = filled(page(setter, f"{path}/amend")) | {"eligibility": ["须有中试线"], "rubric.0.name": ["可实施性"]}
    assert "rounds.0.deadline" not in sent
    refused = send(setter, f"{path}/amend", sent)
    assert (refused.status_code, 'href="#reason"' in refused.text) == (422, True)
    done = send(setter, f"{path}/amend", {**sent, "reason": ["门槛写漏了"]})
    assert done.headers["location"] == f"{path}#versions"
    shown = words(page(client, path, language="en"))
    assert "门槛写漏了 Who may answer Before nothing After 须有中试线" in shown
    told_now = client.get(f"{API}{path}").json()
    assert [(one["key"], one["name"]) for one in told_now["rubric"]] == [("criterion_1", "可实施性")]


@pytest.mark.parametrize(("move", "state"), [("cancel", "cancelled"), ("extend", "answering")])
def test_what_concerns_others_needs_a_reason(desk: Desk, setter: TestClient, move: str, state: str) -> None:
    path = f"/challenges/{desk.published()['id']}"
    sent = filled(page(setter, f"{path}/moves/{move}")) | {"deadline": [in_days(200)]}
    refused = send(setter, f"{path}/moves/{move}", sent)
    assert (refused.status_code, 'href="#reason"' in refused.text) == (422, True)
    assert send(setter, f"{path}/moves/{move}", {**sent, "reason": ["情况变了"]}).status_code == 303
    assert setter.get(f"{API}{path}").json()["state"] == state


def test_a_question_is_answered_to_everybody_and_nobody_learns_who_asked(
    client: TestClient, desk: Desk, setter: TestClient, lab: str
) -> None:
    path = f"/challenges/{desk.published()['id']}"
    asking = visitor(client, lab)
    form = page(asking, path)
    sent = {"_key": key(form), "text": "样品由谁提供？"}
    for _ in range(2):
        send(asking, f"{path}/questions", sent)
    assert "样品由谁提供？" not in page(client, path)
    waiting = page(setter, path)
    assert waiting.count("样品由谁提供？") == 1
    [question] = re.findall(r'name="replies\.0\.question_id" value="([^"]*)"', waiting)
    reply = {"replies.0.question_id": question, "replies.0.answer": "出题方提供。"}
    assert told(send(setter, f"{path}/replies", reply)) == "Answered to everybody."
    assert "出题方提供。" in page(client, path)
    assert "实验室" not in words(page(client, path))


def test_files_are_added_to_a_draft_and_taken_out(desk: Desk, setter: TestClient) -> None:
    path = f"/challenges/{desk.opened()['id']}"
    assert send(setter, f"{path}/documents").status_code == 422
    file = {"file": ("样品说明.txt", "烧结后".encode())}
    assert told(send(setter, f"{path}/documents", files=file)) == "The file is added."
    shown = page(setter, path)
    [removal] = re.findall(r'action="([^"]*/removal)"', shown)
    assert "样品说明.txt" in shown
    assert told(send(setter, removal)) == "The file is taken out."
    assert "样品说明.txt" not in page(setter, path)


# -- invitations and the opening --------------------------------------------------------------------------


def test_organisations_are_invited_by_name_with_a_reason_and_taken_back(
    client: TestClient, desk: Desk, setter: TestClient, lab: str
) -> None:
    path = f"/challenges/{desk.published()['id']}/invitations"
    name = setter.get(f"{API}/organisations/{lab}").json()["name"]
    found = page(setter, f"{path}?words={name}")
    assert f'value="{lab}"' in found
    refused = send(setter, path, {"organisations": lab, "words": name})
    assert (refused.status_code, 'href="#reason"' in refused.text) == (422, True)
    assert re.search(rf'value="{lab}" checked', refused.text)
    assert told(send(setter, path, {"organisations": lab, "reason": "做过同类项目"})) == "Invited. They are told."
    assert "做过同类项目" in page(visitor(client, lab), path)
    assert told(send(setter, f"{path}/{lab}/removal")) == "The invitation is taken back."
    assert "You are not invited by name." in words(page(visitor(client, lab), path))


def test_labs_are_invited_because_a_result_of_theirs_matches(
    client: TestClient, desk: Desk, setter: TestClient, result_side: Side
) -> None:
    result_side.post(client)
    path = f"/challenges/{desk.published()['id']}/invitations"
    assert send(setter, f"{path}/matching", {"least": "0", "top": "100"}).status_code == 303
    assert "the result that matches" in words(page(setter, path))


def test_two_custodians_are_named_and_choose_passphrases(
    client: TestClient, desk: Desk, setter: TestClient, need_side: Side
) -> None:
    path = f"/challenges/{desk.opened(mechanism='open_challenge')['id']}/custodians"
    addresses = ["keeper.one@example.org", "keeper.two@example.org"]
    people = [new_person(client, need_side.owner, roles=[Role.POSTER], email=address) for address in addresses]
    assert addresses[0] in page(setter, path)
    one = send(setter, path, {"people.0": addresses[0], "people.1": ""})
    assert (one.status_code, 'value="keeper.one@example.org"' in one.text) == (422, True)
    assert told(send(setter, path, {"people.0": addresses[0], "people.1": addresses[1]})).startswith("Named.")
    keeper = visitor(client, need_side.owner, person=people[0])
    assert "Your passphrase" in words(page(keeper, path))
    assert "Your passphrase" not in words(page(setter, path))
    typed = {"passphrase": "长颈鹿 bicycle 四十二 teapot", "again": "长颈鹿 bicycle 四十二 teepot"}
    wrong = send(keeper, f"{path}/passphrase", typed)
    assert (wrong.status_code, "bicycle" in wrong.text) == (422, False)
    chosen = send(keeper, f"{path}/passphrase", typed | {"again": typed["passphrase"]})
    assert told(chosen) == "The passphrase is chosen. Nobody but you can tell it."
    assert words(page(setter, path)).count("has chosen a passphrase") == 1


def test_a_round_is_closed_and_opened_only_with_both_shares(
    client: TestClient, desk: Desk, setter: TestClient, matchmaker: TestClient, need_side: Side
) -> None:
    path = f"/challenges/{desk.opened(mechanism='open_challenge')['id']}"
    addresses = ["share.one@example.org", "share.two@example.org"]
    people = [new_person(client, need_side.owner, roles=[Role.POSTER], email=address) for address in addresses]
    send(setter, f"{path}/custodians", {"people.0": addresses[0], "people.1": addresses[1]})
    keepers = [visitor(client, need_side.owner, person=person) for person in people]
    typed = {"passphrase": "长颈鹿 bicycle 四十二 teapot"}
    for keeper in keepers:
        send(keeper, f"{path}/custodians/passphrase", typed | {"again": typed["passphrase"]})
    send(setter, f"{path}/moves/propose", filled(page(setter, f"{path}/moves/propose")))
    send(matchmaker, f"{path}/moves/publish", filled(page(matchmaker, f"{path}/moves/publish")))
    assert "You give your share once the round is closed" in words(page(keepers[0], f"{path}/custodians"))
    with writing(engine_of(client)) as session:
        session.exec(select(Round).where(Round.challenge_id == path.rpartition("/")[2])).one().deadline = now()
    assert told(send(setter, f"{path}/moves/close")) == "The round is closed."
    assert send(setter, f"{path}/moves/open").status_code == 409
    assert "Shares of its key still to be given: 2." in words(page(setter, f"{path}/custodians"))
    assert (
        send(keepers[0], f"{path}/custodians/share", {"passphrase": "一个别的口令 which is wrong"}).status_code == 422
    )
    for keeper in keepers:
        assert told(send(keeper, f"{path}/custodians/share", typed)) == "Your share is given."
    refused = send(setter, f"{path}/moves/open")
    assert (refused.status_code, "No answer was handed in" in words(refused.text)) == (409, True)
    assert words(page(keepers[0], f"{path}/custodians")).count("has given the share of this round") == 2


def test_a_public_funder_confirms_its_part_before_it_is_published(
    client: TestClient, desk: Desk, lab: str, setter: TestClient
) -> None:
    draft = {"mechanism": "explorer", "funder_id": lab, "budget": "500000"}
    path = f"/challenges/{desk.opened(**draft)['id']}"
    assert "Confirm" not in words(page(setter, f"{path}/funding"))
    funder = visitor(client, lab)
    asked = filled(page(funder, f"{path}/funding"))
    assert (asked["amount"], asked["currency"]) == (["500000.00"], ["CNY"])
    assert send(funder, f"{path}/funding", {**asked, "amount": "1"}).status_code == 422
    assert told(send(funder, f"{path}/funding", asked)) == "The public part is confirmed."
    assert "confirmed" in words(page(setter, path))
    back = {"reason": "预算未批"}
    assert told(send(funder, f"{path}/funding/withdrawal", back)) == "The confirmation is taken back."


def test_mechanisms_are_told_with_their_states_and_moves(client: TestClient) -> None:
    shown = words(page(client, "/mechanisms", language="en"))
    assert "closed, still sealed" in shown
    assert "Open the answers → being graded by: the setter / a matchmaker or operator" in shown


def test_who_is_not_signed_in_is_asked_to_before_opening_one(client: TestClient, matchmaker: TestClient) -> None:
    answer = client.get("/challenges/new", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fchallenges%2Fnew")
    assert matchmaker.get("/challenges/new", headers={"Accept": "text/html"}).status_code == 403
    assert signed_in(client).get("/challenges/new", headers={"Accept": "text/html"}).status_code == 403
