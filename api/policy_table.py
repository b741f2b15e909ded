"""The READMEs' tables of roles and actions, printed from the policy: `python -m api.policy_table`.

Each cell is what `policy.can` says of one who holds that role. Where it depends on the tier of a need
or result, the tiers are named; where an answer has to be opened first, that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from matcher import policy
from matcher.actors import ANONYMOUS, Actor
from matcher.drafts import Disclosure
from matcher.entities import PlatformRole, Role
from matcher.mechanisms import By
from matcher.policy import (
    PLATFORM,
    RULES,
    Action,
    AnswerThing,
    ChallengeThing,
    ConsentThing,
    ItemThing,
    PairThing,
    Thing,
)

MARKED = re.compile(r"<!-- policy -->\n.*?<!-- /policy -->", re.DOTALL)
READMES = ("README.md", "README.zh-CN.md")

_OWN, _OTHER, _LEAD, _PARTNER, _FUNDER, _INVESTOR = "own", "other", "lead", "partner", "funder", "investor"


def _of(organisation: str, role: Role) -> Actor:
    return Actor("person:p", organisation, frozenset({role}), person_id="p")


def _for_platform(role: PlatformRole) -> Actor:
    return Actor("person:p", platform_roles=frozenset({role}), person_id="p")


ROLES: dict[tuple[str, str], Actor] = {
    ("anyone", "任何人"): ANONYMOUS,
    ("signed in", "已登录者"): Actor("person:p", person_id="p"),
    ("its posters", "本单位出题人"): _of(_OWN, Role.POSTER),
    ("its researchers", "本单位科研人员"): _of(_OWN, Role.RESEARCHER),
    ("its managers", "本单位管理员"): _of(_OWN, Role.MANAGER),
    ("other organisations", "其他单位"): _of(_OTHER, Role.MANAGER),
    ("matchmakers", "技术经理人"): _for_platform(PlatformRole.MATCHMAKER),
    ("graders", "阅卷人"): _for_platform(PlatformRole.GRADER),
    ("operators", "平台运营"): _for_platform(PlatformRole.OPERATOR),
}
"""Columns, in English and Chinese, each with somebody who stands for it and has no consent."""

SIDES: dict[tuple[str, str], Actor] = {
    ("the lead's researchers", "牵头单位科研人员"): _of(_LEAD, Role.RESEARCHER),
    ("the lead's managers", "牵头单位管理员"): _of(_LEAD, Role.MANAGER),
    ("partners' managers", "合作单位管理员"): _of(_PARTNER, Role.MANAGER),
    ("the setter's posters", "出题单位出题人"): _of(_OWN, Role.POSTER),
    ("the setter's managers", "出题单位管理员"): _of(_OWN, Role.MANAGER),
    ("the funder", "出资方"): _of(_FUNDER, Role.MANAGER),
    ("investors", "投资机构"): _of(_INVESTOR, Role.MANAGER),
    ("other organisations", "其他单位"): _of(_OTHER, Role.MANAGER),
    ("matchmakers", "技术经理人"): _for_platform(PlatformRole.MATCHMAKER),
    ("operators", "平台运营"): _for_platform(PlatformRole.OPERATOR),
}
"""Columns of the table of answers."""

_ITEM_ACTIONS = (
    Action.READ_ITEM,
    Action.MATCH_ITEM,
    Action.EDIT_NEED,
    Action.EDIT_RESULT,
    Action.READ_HISTORY,
    Action.READ_READINGS,
    Action.ASK_CONSENT,
    Action.EXPORT_RECORD,
)
_SIDED_ACTIONS = (
    Action.FUND_CHALLENGE,
    Action.READ_ANSWER,
    Action.WRITE_ANSWER,
    Action.CONFIRM_PART,
    Action.NEGOTIATE,
    Action.READ_COMMITMENTS,
    Action.COMMIT_MONEY,
    Action.READ_GRADES,
    Action.RAISE_OBJECTION,
    Action.READ_AWARD,
    Action.WRITE_CONTRACT,
    Action.SIGN_CONTRACT,
    Action.DELIVER,
    Action.ACCEPT_DELIVERY,
)
_CHALLENGE_ACTIONS = (
    Action.READ_CHALLENGE,
    Action.EDIT_CHALLENGE,
    Action.MOVE_CHALLENGE,
    Action.INVITE_ANSWERERS,
    Action.NAME_CUSTODIANS,
    Action.RECOVER_KEY,
    Action.ASK_QUESTION,
    Action.START_ANSWER,
    Action.DRAW_GRADERS,
    Action.ANSWER_OBJECTION,
    Action.EXPORT_DOSSIER,
)
_PERSONAL_ACTIONS = (
    Action.READ_ACCOUNT,
    Action.OWN_ACCOUNT,
    Action.ERASE_PERSON,
    Action.HOLD_KEY,
    Action.GRADE,
    Action.TRY_OUT,
    Action.READ_NOTICES,
    Action.SET_NOTICES,
    Action.REVIEW_PAIRS,
    Action.SAVE_SEARCHES,
)
_PAIR_ACTIONS = (
    Action.READ_PAIR,
    Action.FOLLOW_PAIR,
    Action.HAND_OVER_PAIR,
    Action.READ_PAIR_NOTES,
    Action.WRITE_PAIR_NOTE,
    Action.READ_INTRODUCTION,
    Action.ANSWER_INTRODUCTION,
)
_PAIR = PairThing("pair", owner=_OWN, person="p", asked=frozenset({_OWN}))
_FUNDED = ChallengeThing("challenge", owner=_OWN, published=True, funder=_FUNDER)
_CHALLENGE = ChallengeThing("challenge", owner=_OWN, published=True, movers=frozenset(By))
_THINGS: dict[Action, Thing] = {
    Action.READ_CONSENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    Action.ANSWER_CONSENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    Action.ACCEPT_AGREEMENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    **dict.fromkeys(_PERSONAL_ACTIONS, Thing("person", person="p")),
    **dict.fromkeys(_CHALLENGE_ACTIONS, _CHALLENGE),
    **dict.fromkeys(_PAIR_ACTIONS, _PAIR),
}
"""What is asked about where it is neither a need or result nor the organisation's own."""

_TIERS_ZH = {Disclosure.PUBLIC: "公开", Disclosure.SUMMARY: "摘要", Disclosure.CONSENT: "征得同意"}
ACTIONS_ZH = {
    Action.LIST_ITEMS: "列出需求和成果",
    Action.READ_ITEM: "按披露级别阅读需求或成果",
    Action.MATCH_ITEM: "查看某条需求或成果的匹配",
    Action.MATCH_TEXT: "为未入库的文字做匹配",
    Action.POST_NEED: "发布需求和问题清单",
    Action.POST_RESULT: "登记成果",
    Action.EDIT_NEED: "修改、关闭、撤回、重开需求",
    Action.EDIT_RESULT: "修改、关闭、撤回、重开成果",
    Action.READ_HISTORY: "查看需求或成果的历史",
    Action.READ_READINGS: "查看谁读过需求或成果",
    Action.READ_LIST: "查看整份问题清单",
    Action.ASK_CONSENT: "申请阅读全文",
    Action.LIST_LISTS: "列出本单位的清单",
    Action.LIST_CONSENTS: "列出本单位的阅读申请和保密协议",
    Action.READ_CONSENT: "查看一份阅读申请",
    Action.ANSWER_CONSENT: "同意、拒绝、撤回同意",
    Action.ACCEPT_AGREEMENT: "接受保密协议、撤回申请",
    Action.WRITE_AGREEMENT: "拟定保密协议",
    Action.READ_AGREEMENT: "在申请之外查看保密协议",
    Action.LIST_ORGANISATIONS: "列出单位",
    Action.ADMIT_ORGANISATION: "接纳单位",
    Action.INVITE: "邀请人员加入单位",
    Action.READ_MEMBERS: "查看单位的人员",
    Action.CHANGE_MEMBERS: "调整人员在单位中的角色",
    Action.FOUND: "邀请新单位入驻",
    Action.ACCREDIT: "授予平台角色",
    Action.READ_PEOPLE: "列出人员",
    Action.DISABLE_PERSON: "停用、恢复账号",
    Action.SIGN_IN: "登录、使用邮件中的链接",
    Action.READ_ACCOUNT: "查看自己的账号、会话和令牌",
    Action.OWN_ACCOUNT: "更改自己的账号、会话和令牌",
    Action.ADMIT_PERSON: "为未受邀者开设账号",
    Action.SET_PASSWORD: "不凭旧密码或链接设置密码",
    Action.ERASE_PERSON: "删除个人资料",
    Action.VERIFY_RECORD: "核验记录",
    Action.READ_FIGURES: "查看平台统计",
    Action.EXPORT_RECORD: "导出一事的证据",
    Action.LIST_CHALLENGES: "列出榜单和揭榜机制",
    Action.READ_CHALLENGE: "查看一个榜单",
    Action.OPEN_CHALLENGE: "发起榜单、编制指南",
    Action.EDIT_CHALLENGE: "修改榜单、答复提问、指定试用者",
    Action.MOVE_CHALLENGE: "提交、发布、截止、开标、评定……榜单",
    Action.FUND_CHALLENGE: "确认榜单的配套出资、撤回确认",
    Action.INVITE_ANSWERERS: "邀请单位揭榜",
    Action.NAME_CUSTODIANS: "指定榜单密钥的保管人",
    Action.HOLD_KEY: "设定口令、交出自己的密钥份额",
    Action.RECOVER_KEY: "以平台份额代替遗失的份额",
    Action.ASK_QUESTION: "就榜单提问",
    Action.START_ANSWER: "开始揭榜",
    Action.READ_ANSWER: "阅读揭榜方案",
    Action.WRITE_ANSWER: "撰写、提交、取回揭榜方案",
    Action.CONFIRM_PART: "确认本单位在联合体中的分工",
    Action.NEGOTIATE: "报价、还价、同意、谢绝",
    Action.READ_COMMITMENTS: "查看投资机构的出资承诺",
    Action.COMMIT_MONEY: "对揭榜方案作出出资承诺",
    Action.DRAW_GRADERS: "抽取阅卷人、登记回避",
    Action.GRADE: "阅读并评阅分给自己的方案、声明回避",
    Action.TRY_OUT: "报告试用情况",
    Action.READ_GRADES: "本轮评阅结束后查看评分及汇总",
    Action.RAISE_OBJECTION: "对评榜结论提出异议",
    Action.ANSWER_OBJECTION: "答复异议",
    Action.READ_AWARD: "查看中榜、合同、台账",
    Action.WRITE_CONTRACT: "起草合同、申请变更",
    Action.SIGN_CONTRACT: "确认合同、同意变更",
    Action.DELIVER: "提交里程碑成果",
    Action.ACCEPT_DELIVERY: "验收里程碑、登记付款、办结合同",
    Action.EXPORT_DOSSIER: "导出榜单的全部卷宗",
    Action.READ_NOTICES: "查看自己的通知",
    Action.SET_NOTICES: "将通知标为已读、设定通知方式",
    Action.REVIEW_PAIRS: "从队列中取配对、作出判断、撤回判断",
    Action.REFRESH_PAIRS: "刷新配对队列",
    Action.READ_BOARD: "查看配对看板",
    Action.READ_PAIR: "征询双方后查看一个配对",
    Action.FOLLOW_PAIR: "牵线、跟进、结束所跟进的配对",
    Action.HAND_OVER_PAIR: "将配对移交给其他技术经理人",
    Action.READ_PAIR_NOTES: "查看配对的判断和备注",
    Action.WRITE_PAIR_NOTE: "为配对写备注、重启配对",
    Action.LIST_PAIRS: "列出征询过本单位的配对",
    Action.READ_INTRODUCTION: "查看就某个配对对本单位的征询",
    Action.ANSWER_INTRODUCTION: "接受、谢绝牵线",
    Action.SAVE_SEARCHES: "保存自己的搜索",
}


def markdown(*, chinese: bool = False) -> str:
    """Both tables, a line for each rule of the policy."""
    of_all = [action for action in RULES if action not in _SIDED_ACTIONS]
    return "\n".join(
        (
            _table(
                ROLES, {action: [_cell(one, action, chinese) for one in ROLES.values()] for action in of_all}, chinese
            ),
            _ANSWERS_ZH if chinese else _ANSWERS,
            _table(
                SIDES,
                {action: [_sealed_cell(one, action, chinese) for one in SIDES.values()] for action in _SIDED_ACTIONS},
                chinese,
            ),
        )
    )


_ANSWERS = "Of what pays for a challenge, of an answer, and of what comes of it (*opened*: once its round is opened):\n"
_ANSWERS_ZH = "对榜单的配套出资、揭榜方案及其后续（“开标后”指该轮开标之后）：\n"


def _table(columns: Mapping[tuple[str, str], Actor], rows: Mapping[Action, Sequence[str]], chinese: bool) -> str:
    head = [column[chinese] for column in columns]
    lines = [f"| | {' | '.join(head)} |", f"| --- |{' :-: |' * len(head)}"]
    lines += [
        f"| {ACTIONS_ZH[action] if chinese else action} | {' | '.join(cells)} |" for action, cells in rows.items()
    ]
    return "\n".join(lines) + "\n"


def _cell(actor: Actor, action: Action, chinese: bool) -> str:
    def may(thing: Thing) -> bool:
        return policy.can(actor, action, thing).allowed

    if action not in _ITEM_ACTIONS:
        return "✓" if may(_THINGS.get(action, Thing(PLATFORM.name, owner=_OWN))) else ""
    tiers = [tier for tier in Disclosure if may(ItemThing("item", owner=_OWN, tier=tier))]
    if len(tiers) == len(Disclosure):
        return "✓"
    return ("、" if chinese else ", ").join(_TIERS_ZH[tier] if chinese else str(tier) for tier in tiers)


def _sealed_cell(actor: Actor, action: Action, chinese: bool) -> str:
    things = (_FUNDED, _FUNDED) if action is Action.FUND_CHALLENGE else (_answer(opened=False), _answer(opened=True))
    sealed, opened = (policy.can(actor, action, thing).allowed for thing in things)
    if sealed:
        return "✓"
    return ("开标后" if chinese else "opened") if opened else ""


def _answer(*, opened: bool) -> AnswerThing:
    return AnswerThing(
        "answer",
        owner=_LEAD,
        setter=_OWN,
        partners=frozenset({_PARTNER}),
        opened=opened,
        funder=_FUNDER,
        investors=frozenset({_INVESTOR}),
    )


def rewritten(text: str, *, chinese: bool) -> str:
    """A README with the tables between its marks as the policy is now."""
    return MARKED.sub(lambda _: f"<!-- policy -->\n{markdown(chinese=chinese)}<!-- /policy -->", text)


def main(folder: Path = Path(__file__).parents[1]) -> None:
    for name in READMES:
        readme = folder / name
        text = readme.read_text(encoding="utf-8")
        readme.write_text(rewritten(text, chinese="zh" in name), encoding="utf-8")


if __name__ == "__main__":
    main()
