"""What is told to whom at each turn of a challenge or a pair, as a table: the event's action, who, and the words.

In the words `{title}` is the challenge's title, `{number}` the number of the answer that it is about,
and `{deadline}` the deadline that is told; behind some of them stands the reason that was given. What is
not in the table is told to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class To(StrEnum):
    """Circles of people around a challenge, each found by `matcher.notice_circles`, and around a pair, by
    `matcher.notice_pairs`."""

    SETTER = "setter"
    """The setter's posters and managers."""
    SETTER_IF_OPEN = "setter_if_open"
    """The same, where the answer is open to them: while it is sealed they are not told what happens to it."""
    DESK = "desk"
    """Matchmakers and operators."""
    OPERATORS = "operators"
    FUNDER = "funder"
    """Managers of the public funder."""
    INVITED = "invited"
    """Researchers and managers of organisations that are invited, and managers of those that are to invest."""
    NAMED = "named"
    """The same of the organisations that the event names."""
    ANSWERERS = "answerers"
    """Researchers and managers of the lead, managers of partners, of every answer that was not given up."""
    ASKERS = "askers"
    """Those of organisations whose questions the event names."""
    LEAD = "lead"
    """Researchers and managers of the answer's lead."""
    PARTNERS = "partners"
    """Managers of its partners."""
    UNCONFIRMED = "unconfirmed"
    """Managers of those partners that have not confirmed their part."""
    OBJECTOR = "objector"
    """Researchers and managers of the organisation that objects."""
    GRADERS = "graders"
    """Those on whose desks answers of the current round lie."""
    DRAWN = "drawn"
    """The graders of the assignments that the event names."""
    TESTER = "tester"
    """Who is to try it out."""
    CUSTODIANS = "custodians"
    SIDE = "side"
    """Posters, researchers and managers of the side of a pair that the event is about."""
    FOLLOWER = "follower"
    """The matchmaker who follows the pair."""


@dataclass(frozen=True, slots=True)
class Turn:
    to: tuple[To, ...]
    zh: str
    en: str
    once: bool = False
    """Not told again to who has not read it yet."""
    with_reason: bool = False
    """The reason that the event gives is told behind the words: whoever gave it meant it for all who are told."""


_IN_PLAY = (To.ANSWERERS, To.INVITED)
_SIDES = (To.LEAD, To.SETTER_IF_OPEN)
_ALL = (To.SETTER, To.ANSWERERS, To.FUNDER)

PAIR_TURNS: Mapping[str, Turn] = {
    "introduction.asked": Turn(
        (To.SIDE,),
        "有人为《{title}》牵线，请答复是否接受。",
        "An introduction is offered for “{title}”: accept or decline it.",
    ),
    "introduction.take_back": Turn(
        (To.SIDE,), "《{title}》的牵线不再征询。", "The introduction for “{title}” is not offered any more."
    ),
    "introduction.made": Turn(
        (To.SIDE,),
        "《{title}》的牵线双方都已接受，请查看对方联系人。",
        "Both sides have accepted an introduction for “{title}”: see whom to talk to.",
    ),
    "introduction.ended": Turn(
        (To.SIDE,), "《{title}》的一次牵线已结束，请查看原因。", "An introduction for “{title}” has ended: see why."
    ),
    "introduction.accept": Turn(
        (To.FOLLOWER,), "《{title}》有一方接受了牵线。", "One side of “{title}” has accepted to be introduced."
    ),
    "introduction.decline": Turn(
        (To.FOLLOWER,), "《{title}》有一方谢绝了牵线。", "One side of “{title}” does not want to be introduced."
    ),
    "pair.hand_over": Turn(
        (To.FOLLOWER,), "《{title}》的配对已移交给您。", "A pair of “{title}” was handed over to you."
    ),
}
"""Of pairs: the title is that of the side's own need or result; to the matchmaker it is the need's, as far as
they are shown it."""

TURNS: Mapping[str, Turn] = {
    **PAIR_TURNS,
    "challenge.propose": Turn(
        (To.DESK,), "《{title}》已提交，等待审核发布。", "“{title}” was handed in to be published."
    ),
    "challenge.give_back": Turn(
        (To.SETTER,), "《{title}》被退回修改。", "“{title}” was given back to be worked over.", with_reason=True
    ),
    "challenge.funding_asked": Turn(
        (To.FUNDER,),
        "请确认贵单位对《{title}》的配套出资。",
        "Your organisation is named as the public funder of “{title}”: confirm its part.",
    ),
    "challenge.funding_confirmed": Turn(
        (To.SETTER, To.DESK), "《{title}》的配套出资已确认。", "The public funder of “{title}” has confirmed its part."
    ),
    "challenge.funding_withdrawn": Turn(
        (To.SETTER, To.DESK),
        "《{title}》的配套出资确认已撤回。",
        "The public funder of “{title}” has taken its confirmation back.",
        with_reason=True,
    ),
    "challenge.publish": Turn(
        (To.SETTER, To.FUNDER, To.INVITED),
        "《{title}》已发布，截止时间 {deadline}。",
        "“{title}” was published; answers are taken until {deadline}.",
    ),
    "challenge.invited": Turn((To.NAMED,), "贵单位受邀参加《{title}》。", "You are invited to “{title}”."),
    "challenge.uninvited": Turn(
        (To.NAMED,), "《{title}》的邀请已撤回。", "The invitation to “{title}” was taken back."
    ),
    "challenge.amend": Turn(
        _IN_PLAY,
        "《{title}》的内容有更正，请重新查看；已提交的方案可在 {deadline} 前取回，修改后重新提交。",
        "“{title}” was amended: read it again. What was handed in stands, or is taken back and handed in anew until "
        "{deadline}.",
        with_reason=True,
    ),
    "challenge.extend": Turn(
        _IN_PLAY, "《{title}》延期至 {deadline}。", "“{title}” was extended until {deadline}.", with_reason=True
    ),
    "challenge.document_added": Turn(
        _IN_PLAY, "《{title}》新增了附件，请查看。", "A file was added to “{title}”: read it, too."
    ),
    "question.asked": Turn(
        (To.SETTER,), "有人就《{title}》提问，等待答复。", "Somebody has a question about “{title}”.", once=True
    ),
    "challenge.questions_answered": Turn(
        (*_IN_PLAY, To.ASKERS),
        "《{title}》的提问已统一答复。",
        "The questions about “{title}” were answered, for all to read.",
    ),
    "challenge.custodians_named": Turn(
        (To.CUSTODIANS,),
        "您是《{title}》的开标密钥保管人，请设定口令。",
        "You hold a share of the key of “{title}”: choose your passphrase.",
    ),
    "challenge.close": Turn(
        (To.SETTER, To.CUSTODIANS),
        "《{title}》本轮已截止，可以开标。",
        "The round of “{title}” is closed; its answers can be opened.",
    ),
    "challenge.closed_early": Turn(
        _IN_PLAY,
        "《{title}》已达成一致，提前截止，不再接收方案。",
        "An offer on “{title}” was agreed to: it is closed before its deadline, and takes no more answers.",
    ),
    "challenge.share_given": Turn(
        (To.SETTER, To.CUSTODIANS), "《{title}》的一份开标密钥已交出。", "A share of the key of “{title}” was given."
    ),
    "challenge.recovery_share_used": Turn(
        (To.SETTER, To.CUSTODIANS),
        "《{title}》动用了平台保管的密钥份额。",
        "The installation's share of the key of “{title}” was used.",
    ),
    "challenge.open": Turn(
        (To.SETTER, To.ANSWERERS), "《{title}》本轮方案已开标。", "The answers to “{title}” were opened."
    ),
    "challenge.rank": Turn(
        (To.SETTER,), "《{title}》评阅结束，等待评定。", "“{title}” has been graded: it is for you to decide."
    ),
    "challenge.eliminate": Turn(
        _ALL, "《{title}》本轮结果已定，进入下一轮。", "It is decided who goes on in “{title}”."
    ),
    "challenge.reverse": Turn(
        _ALL, "《{title}》上一轮的淘汰决定已撤销。", "The last elimination in “{title}” was reversed."
    ),
    "challenge.determine": Turn(
        (To.ANSWERERS, To.FUNDER),
        "《{title}》已公布评榜结论，可在期限内提出异议。",
        "“{title}” was decided; objections may be raised in time.",
    ),
    "challenge.reconsider": Turn(
        _ALL, "《{title}》因异议成立，将重新评定。", "An objection was upheld: “{title}” is decided again."
    ),
    "challenge.settle": Turn(_ALL, "《{title}》异议期结束，结论生效。", "The decision on “{title}” stands."),
    "challenge.finish": Turn(_ALL, "《{title}》已办结。", "“{title}” is finished."),
    "challenge.no_award": Turn(
        (To.ANSWERERS, To.INVITED, To.FUNDER, To.GRADERS),
        "《{title}》流标。",
        "“{title}” ended without an award.",
        with_reason=True,
    ),
    "challenge.cancel": Turn(
        (To.ANSWERERS, To.INVITED, To.FUNDER, To.GRADERS),
        "《{title}》已取消。",
        "“{title}” was called off.",
        with_reason=True,
    ),
    "answer.saved": Turn(
        (To.UNCONFIRMED,),
        "贵单位列为《{title}》方案的合作单位，请确认分工。",
        "You are a partner in an answer to “{title}”: confirm your part.",
        once=True,
    ),
    "answer.part_confirmed": Turn(
        (To.LEAD,),
        "合作单位已确认其在《{title}》方案中的分工。",
        "A partner confirmed its part in your answer to “{title}”.",
    ),
    "answer.handed_in": Turn(
        (To.LEAD, To.PARTNERS, To.SETTER_IF_OPEN),
        "《{title}》的第 {number} 号方案已提交。",
        "Answer {number} to “{title}” was handed in.",
    ),
    "answer.taken_back": Turn(
        (To.LEAD, To.PARTNERS), "《{title}》的方案已取回。", "Your answer to “{title}” was taken back."
    ),
    "answer.withdrawn": Turn(
        (To.LEAD, To.PARTNERS), "《{title}》的方案已撤回。", "Your answer to “{title}” was withdrawn."
    ),
    "answer.lapsed": Turn(
        (To.LEAD, To.PARTNERS),
        "《{title}》已截止，贵方方案未提交。",
        "“{title}” is closed, and your answer was not handed in.",
    ),
    "answer.set_aside": Turn(
        (To.LEAD, To.PARTNERS),
        "《{title}》的方案无法按提交时的内容开启。",
        "Your answer to “{title}” could not be opened as it was handed in.",
    ),
    "answer.supplement_asked": Turn(
        (To.LEAD,),
        "《{title}》要求补充材料，期限 {deadline}。",
        "More is asked for on your answer to “{title}”, until {deadline}.",
    ),
    "answer.supplemented": Turn(
        (To.SETTER_IF_OPEN,),
        "《{title}》第 {number} 号方案已补充材料。",
        "What was asked for on answer {number} to “{title}” is there.",
    ),
    "answer.supplement_waived": Turn(
        (To.LEAD,), "《{title}》不再要求补充材料。", "Nothing more is asked for on your answer to “{title}”."
    ),
    "assignment.drawn": Turn(
        (To.DRAWN,), "请评阅《{title}》的方案。", "Answers to “{title}” are on your desk to be graded."
    ),
    "assignment.decline": Turn(
        (To.SETTER,), "《{title}》有阅卷人退出，请补抽。", "A grader of “{title}” declined: draw another."
    ),
    "assignment.recall": Turn(
        (To.DRAWN,), "《{title}》的一份方案不再由您评阅。", "An answer to “{title}” was taken off your desk."
    ),
    "trial.named": Turn(
        (To.TESTER,), "请试用《{title}》的一项成果并填写评价。", "You are asked to try out an answer to “{title}”."
    ),
    "trial.reported": Turn((To.SETTER,), "《{title}》的一份试用报告已提交。", "A trial for “{title}” was reported."),
    "commitment.made": Turn(
        (To.SETTER_IF_OPEN,),
        "《{title}》第 {number} 号方案有新的出资承诺。",
        "Money was committed to answer {number} of “{title}”.",
    ),
    "commitment.withdrawn": Turn(
        (To.SETTER_IF_OPEN,),
        "《{title}》第 {number} 号方案的一项出资承诺已撤回。",
        "Money committed to answer {number} of “{title}” was withdrawn.",
    ),
    "objection.raised": Turn(
        (To.OPERATORS, To.SETTER), "《{title}》的评榜结论有异议。", "Somebody objects to the decision on “{title}”."
    ),
    "objection.uphold": Turn(
        (To.OBJECTOR, To.SETTER), "对《{title}》的异议成立。", "An objection to the decision on “{title}” was upheld."
    ),
    "objection.dismiss": Turn(
        (To.OBJECTOR, To.SETTER),
        "对《{title}》的异议不成立。",
        "An objection to the decision on “{title}” was dismissed.",
    ),
    "objection.take_back": Turn(
        (To.OPERATORS, To.SETTER),
        "对《{title}》的异议已撤回。",
        "An objection to the decision on “{title}” was taken back.",
    ),
    "offer.made": Turn(_SIDES, "《{title}》有新的报价。", "There is a new offer on “{title}”."),
    "offer.agree": Turn(_SIDES, "《{title}》双方已达成一致。", "The offer on “{title}” was agreed to."),
    "offer.decline": Turn(_SIDES, "《{title}》的报价被谢绝。", "The offer on “{title}” was declined."),
    "award.made": Turn(
        (To.LEAD, To.PARTNERS, To.FUNDER, To.SETTER),
        "《{title}》第 {number} 号方案中榜。",
        "Answer {number} to “{title}” is awarded.",
    ),
    "contract.drafted": Turn(
        _SIDES, "《{title}》的合同已起草，请核对。", "A contract on “{title}” was drafted: look it over."
    ),
    "contract.edited": Turn(
        _SIDES, "《{title}》的合同草案有修改，须重新确认。", "The contract on “{title}” was edited: confirm it again."
    ),
    "contract.confirmed": Turn(
        _SIDES, "《{title}》的合同已由一方确认。", "One side confirmed the contract on “{title}”."
    ),
    "contract.sign": Turn(_SIDES, "《{title}》的合同已签订。", "The contract on “{title}” is signed."),
    "contract.drop": Turn(_SIDES, "《{title}》的合同未能签订。", "The contract on “{title}” was dropped."),
    "contract.complete": Turn(_SIDES, "《{title}》的合同已完成。", "The contract on “{title}” is completed."),
    "contract.terminate": Turn(_SIDES, "《{title}》的合同已终止。", "The contract on “{title}” was terminated."),
    "contract.change_asked": Turn(
        _SIDES, "《{title}》的合同有变更申请。", "A change to the contract on “{title}” is asked for."
    ),
    "contract.change_agree": Turn(
        _SIDES, "《{title}》的合同变更已同意。", "The change to the contract on “{title}” was agreed to."
    ),
    "contract.change_decline": Turn(
        _SIDES, "《{title}》的合同变更未获同意。", "The change to the contract on “{title}” was declined."
    ),
    "contract.change_take_back": Turn(
        _SIDES,
        "《{title}》的合同变更申请已撤回。",
        "The change to the contract on “{title}” is not asked for any more.",
    ),
    "milestone.submit": Turn(
        (To.SETTER_IF_OPEN,), "《{title}》有里程碑待验收。", "A milestone of “{title}” waits to be accepted."
    ),
    "milestone.send_back": Turn((To.LEAD,), "《{title}》的里程碑被退回。", "A milestone of “{title}” was sent back."),
    "milestone.accept": Turn((To.LEAD,), "《{title}》的里程碑已验收。", "A milestone of “{title}” was accepted."),
    "milestone.pay": Turn((To.LEAD,), "《{title}》的里程碑已付款。", "A milestone of “{title}” was paid."),
}

KINDS: Mapping[str, tuple[str, str]] = {
    "challenge": ("榜单的发布、更正、截止、开标与结论", "challenges: published, amended, closed, opened, decided"),
    "question": ("对榜单的提问", "questions about one's challenges"),
    "answer": ("揭榜方案的提交与补充", "answers: handed in, lapsed, asked for more"),
    "assignment": ("评阅任务", "grading"),
    "trial": ("用户试用", "trials by users"),
    "commitment": ("出资承诺", "commitments of investors"),
    "objection": ("异议", "objections"),
    "offer": ("报价与洽谈", "offers"),
    "award": ("中榜", "awards"),
    "contract": ("合同", "contracts"),
    "milestone": ("里程碑", "milestones"),
    "introduction": ("牵线", "introductions"),
    "pair": ("移交的配对", "pairs that are handed over"),
}
"""What can be set apart, with what it is called: the nouns of the actions above."""


def kind_of(action: str) -> str:
    return action.partition(".")[0]


def words(action: str, told: Mapping[str, str]) -> tuple[str, str]:
    """A notice in Chinese and English."""
    turn, reason = TURNS[action], told.get("reason")
    zh, en = turn.zh.format_map(told), turn.en.format_map(told)
    return (f"{zh}理由：{reason}", f"{en} The reason: {reason}") if reason else (zh, en)
