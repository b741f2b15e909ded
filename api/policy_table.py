"""The READMEs' table of roles and actions, printed from the policy: `python -m api.policy_table`.

Each cell is what `policy.can` says of one who holds that role. Where it depends on the tier of a need
or result, the tiers are named.
"""

from __future__ import annotations

import re
from pathlib import Path

from matcher import policy
from matcher.actors import ANONYMOUS, Actor
from matcher.drafts import Disclosure
from matcher.entities import PlatformRole, Role
from matcher.policy import PLATFORM, RULES, Action, ConsentThing, ItemThing, Thing

MARKED = re.compile(r"<!-- policy -->\n.*?<!-- /policy -->", re.DOTALL)
READMES = ("README.md", "README.zh-CN.md")

_OWN, _OTHER = "own", "other"


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
_THINGS: dict[Action, Thing] = {
    Action.READ_CONSENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    Action.ANSWER_CONSENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    Action.ACCEPT_AGREEMENT: ConsentThing("consent", owner=_OWN, asking=_OTHER),
    Action.READ_ACCOUNT: Thing("person", person="p"),
    Action.OWN_ACCOUNT: Thing("person", person="p"),
    Action.ERASE_PERSON: Thing("person", person="p"),
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
    Action.EXPORT_RECORD: "导出一事的证据",
}


def markdown(*, chinese: bool = False) -> str:
    """The table, a line for each rule of the policy."""
    head = [role[chinese] for role in ROLES]
    lines = [f"| | {' | '.join(head)} |", f"| --- |{' :-: |' * len(head)}"]
    for action in RULES:
        cells = [_cell(actor, action, chinese) for actor in ROLES.values()]
        lines.append(f"| {ACTIONS_ZH[action] if chinese else action} | {' | '.join(cells)} |")
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


def rewritten(text: str, *, chinese: bool) -> str:
    """A README with the table between its marks as the policy is now."""
    return MARKED.sub(lambda _: f"<!-- policy -->\n{markdown(chinese=chinese)}<!-- /policy -->", text)


def main(folder: Path = Path(__file__).parents[1]) -> None:
    for name in READMES:
        readme = folder / name
        text = readme.read_text(encoding="utf-8")
        readme.write_text(rewritten(text, chinese="zh" in name), encoding="utf-8")


if __name__ == "__main__":
    main()
