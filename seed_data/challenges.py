"""One challenge under each mechanism, each at another stage, told through the verbs that users' acts take.

The clock runs from months before now to now, so that deadlines have passed where they have to and lie
ahead where somebody may still want to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from matcher import organisations
from matcher.accounts import people
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.answers import custody, drafting, handing_in, opening
from matcher.awards import awards, contracts, milestones, negotiations
from matcher.awards.drafts import ContractDraft, DeliveredValue, MilestoneDraft, MilestoneReport, OfferDraft
from matcher.challenges import drafting as preparing
from matcher.challenges import funding, invitations, publishing, questions
from matcher.drafts import CooperationMode, IndicatorTarget
from matcher.engine.answer_drafts import AnswerDraft, Claim, Member, PlannedMilestone
from matcher.engine.challenge_drafts import Anchor, ChallengeDraft, Criterion, RoundPlan
from matcher.entities import (
    Award,
    Challenge,
    Contract,
    Decided,
    Milestone,
    Need,
    OrganisationKind,
    Ownership,
    PlatformRole,
    Result,
    Role,
)
from matcher.errors import NotFound
from matcher.grading import closing, commitments, determinations, drawing, eliminations, grades
from matcher.grading.commitments import CommitmentDraft
from matcher.grading.determinations import DecisionDraft
from matcher.grading.drawing import DrawDraft
from matcher.grading.eliminations import EliminationDraft
from matcher.grading.grades import GradeDraft, Score
from matcher.grading.measuring import Judged
from matcher.organisations import OrganisationDraft
from matcher.quantities.compare import Outcome

DAY = timedelta(days=1)
PASSPHRASE = "demonstration-only-passphrase"
"""Of both custodians of the open challenge: everybody may know it."""

ONE_GRADER = DrawDraft(each=1, industry_share=0, reason="演示只有一位阅卷人 The demonstration has one grader")

FUNDER = OrganisationDraft(kind=OrganisationKind.SERVICE, name="东海省科技计划管理中心", region="330000")
INVESTOR = OrganisationDraft(kind=OrganisationKind.SERVICE, name="云麓科创投资管理有限公司", region="430100")

RUBRIC = [
    Criterion(
        key="merit",
        name="技术先进性 Technical merit",
        weight=4,
        anchors=[
            Anchor(score=0, meaning="与现有做法无异 No better than what is done today"),
            Anchor(score=60, meaning="关键指标可达 The must-have indicators are within reach"),
            Anchor(score=100, meaning="指标有余量且有实测数据 Reached with a margin, and measured"),
        ],
    ),
    Criterion(
        key="feasibility",
        name="可实施性 Feasibility",
        weight=3,
        anchors=[
            Anchor(score=0, meaning="路线不清 No way is shown"),
            Anchor(score=100, meaning="有产线验证 Proven on a line"),
        ],
    ),
    Criterion(
        key="team",
        name="团队与投入 Team",
        weight=2,
        anchors=[
            Anchor(score=0, meaning="无人负责 Nobody stays on it"),
            Anchor(score=100, meaning="骨干全程在岗 The key people stay to the end"),
        ],
    ),
]


def add(session: Session, secrets: Secrets, now: datetime) -> None:
    """Puts the six into a home that holds the demonstration set and its accounts."""
    stage = _Stage(session, secrets, now)
    _open_challenge(stage)
    _race(stage)
    _directed_commission(stage)
    _explorer(stage)
    _innovation_challenge(stage)
    _invest_to_evaluate(stage)


# -- who takes part -------------------------------------------------------------------------------


@dataclass
class _Stage:
    session: Session
    secrets: Secrets
    now: datetime

    def __post_init__(self) -> None:
        self.desk = self.person("matchmaker@example.com", PlatformRole.MATCHMAKER)
        self.operator = self.person("operator@example.com", PlatformRole.OPERATOR)
        self.grader = self.person("grader@example.com", PlatformRole.GRADER)

    def person(self, email: str, role: PlatformRole | None = None) -> Actor:
        found = people.by_email(self.session, email)
        if found is None:
            raise NotFound("person", email)
        return Actor(f"person:{found.id}", platform_roles=frozenset({role} if role else ()), person_id=found.id)

    def of(self, organisation_id: str) -> Actor:
        """Somebody who manages an organisation of the set."""
        return Actor("demonstration", organisation_id, frozenset({Role.MANAGER}))

    def need(self, reference: str) -> Need:
        return self.session.exec(select(Need).where(Need.reference == reference)).one()

    def lab(self, reference: str) -> Actor:
        """Of the organisation that registered this result."""
        return self.of(self.session.exec(select(Result).where(Result.reference == reference)).one().organisation_id)

    def admitted(self, draft: OrganisationDraft) -> Actor:
        found = organisations.by_name(self.session, draft.name)
        return self.of((found or organisations.admit(self.session, self.operator, draft)).id)

    # -- steps that several of the six take ------------------------------------------------------

    def opened(self, mechanism: str, need: Need, at: datetime, **said: Any) -> Challenge:
        content = ChallengeDraft(mechanism=mechanism, need_ids=[need.id], rubric=RUBRIC, **_COMMON | said)
        setter = self.of(need.organisation_id)
        made = preparing.open_challenge(self.session, setter, content, at=at)
        return preparing.propose(self.session, setter, made.id, at=at)

    def published(self, challenge: Challenge, at: datetime) -> Challenge:
        return publishing.publish(self.session, self.desk, self.secrets, challenge.id, at=at)

    def answer(self, challenge: Challenge, lab: Actor, draft: AnswerDraft, at: datetime, *, send: bool = True) -> str:
        id = drafting.start(self.session, self.secrets, lab, challenge.id, at=at).id
        return self.written(lab, id, draft, at, send=send)

    def written(self, lab: Actor, id: str, draft: AnswerDraft, at: datetime, *, send: bool = True) -> str:
        drafting.save(self.session, self.secrets, lab, id, draft, at=at)
        if send:
            handing_in.hand_in(self.session, self.secrets, lab, id, at=at)
        return id

    def read(self, challenge: Challenge, setter: Actor, at: datetime) -> None:
        """Closes a round that is over, and opens its answers."""
        opening.close(self.session, setter, challenge.id, at=at)
        opening.open_round(self.session, self.secrets, setter, challenge.id, at=at)

    def graded(self, challenge: Challenge, at: datetime, *scores: tuple[int, int, int]) -> None:
        """The demonstration's grader reads all answers, in order of their numbers, and the round is closed."""
        drawn = drawing.draw(self.session, self.operator, challenge.id, ONE_GRADER, at=at)
        assert isinstance(drawn, list)
        for assignment, given in zip(drawn, scores, strict=True):
            grade = GradeDraft(
                scores={
                    criterion.key: Score(score=score, reason="见答题材料第二节 As section 2 of the answer shows")
                    for criterion, score in zip(RUBRIC, given, strict=True)
                },
                indicators=[
                    Judged(indicator=place, outcome=Outcome.MET, reason="有检测报告 Backed by a test report")
                    for place, indicator in enumerate(_indicators(challenge))
                    if indicator.must
                ],
            )
            grades.save(self.session, self.grader, assignment.id, grade, at=at)
            grades.submit(self.session, self.grader, assignment.id, at=at)
        closing.close(self.session, self.operator, challenge.id, at=at)


_COMMON: dict[str, Any] = {
    "ownership": "新产生的知识产权归双方共有，出题方在本行业内优先使用。",
    "benefit_sharing": "项目结束后三年内的迭代收益按贡献分配，双方各占一半。",
    "risk_sharing": "因技术路线失败造成的损失由双方按已投入比例分担，不追偿已付阶段款。",
    "eligibility": "具备相应试验条件的高校、科研院所和企业均可揭榜，可组成联合体。",
    "contact": "揭榜办公室 jiebang@example.com",
    "decision_owner": "技术总监",
}


def _indicators(challenge: Challenge) -> list[IndicatorTarget]:
    return ChallengeDraft.model_validate(challenge.content).indicators


def _answer(challenge: Challenge, title: str, approach: str, budget: int, **said: Any) -> AnswerDraft:
    """One that claims what is asked for, at the value asked for."""
    claims = [
        Claim(
            indicator=place,
            value=indicator.value,
            value_high=indicator.value_high,
            unit=indicator.unit,
            evidence="自有台架连续三批试验 Three batches on our own rig",
            method=indicator.test_method,
        )
        for place, indicator in enumerate(_indicators(challenge))
    ]
    values: dict[str, Any] = {
        "plan": "前三个月完成小试，随后在出题方产线上做三轮验证。",
        "milestones": [
            PlannedMilestone(title="小试 Lab scale", months=3, amount=Decimal(budget) / 4),
            PlannedMilestone(title="产线验证 Proof on the line", months=10, amount=Decimal(budget) / 2),
        ],
        "team": [Member(name="课题负责人", part="技术路线", stays_until="项目结束", fallback="副研究员接替")],
        "conflicts": "",
    }
    return AnswerDraft(title=title, approach=approach, claims=claims, budget=Decimal(budget), **values | said)


# -- the six --------------------------------------------------------------------------------------


def _open_challenge(stage: _Stage) -> None:
    """揭榜挂帅: answers may be handed in, sealed until two custodians come together."""
    began, need = stage.now - 20 * DAY, stage.need("NA-001")
    challenge = stage.opened(
        "open_challenge", need, began, title="电主轴脂润滑轴承早期微剥落",
        summary="角接触轴承在脂润滑条件下提速后，内圈滚道两千余小时出现灰斑并发展为微剥落。征集在不改变外形尺寸、"
        "不加装油气装置的前提下，使轴承稳定运转八千小时以上的表面处理或润滑方案，须提供台架寿命数据。",
        budget=Decimal(1_500_000), rounds=[RoundPlan(deadline=stage.now + 25 * DAY)],
        indicators=[
            IndicatorTarget(name="脂润滑稳定运转时间", operator=">=", value=8000, unit="h", test_method="寿命台架"),
            IndicatorTarget(name="外圈温升", operator="<=", value=25, unit="K", test_method="环境温度23℃"),
        ],
    )  # fmt: skip
    holders = [stage.person("company@example.com"), stage.operator]
    ids = [holder.person_id or "" for holder in holders]
    custody.name_custodians(stage.session, stage.operator, challenge.id, ids, at=began)
    for holder in holders:
        salt, key = custody.new_key(PASSPHRASE)
        custody.choose_passphrase(stage.session, holder, challenge.id, salt, key, at=began)
    stage.published(challenge, began)
    setter, first, second = stage.of(need.organisation_id), stage.lab("RA-001"), stage.lab("RA-009")
    asked = questions.ask(stage.session, second, challenge.id, "寿命试验是否可以在揭榜方台架上做？", at=began + 2 * DAY)
    reply = "可以，但须由出题方派人见证，并使用出题方提供的三套同批轴承。"
    questions.answer(stage.session, setter, challenge.id, {asked.id: reply}, at=began + 3 * DAY)
    coating = _answer(
        challenge, "Duplex DLC coating for grease-lubricated spindle bearings",
        "A hydrogenated DLC top layer on a graded chromium interlayer, deposited below 180 °C so that the raceway "
        "keeps its hardness; it carries the contact through mixed lubrication.", 1_200_000,
    )  # fmt: skip
    stage.answer(challenge, first, coating, began + 9 * DAY)
    grease = _answer(challenge, "滚道微织构与长寿命脂协同方案", "滚道边缘激光微织构储脂，配合聚脲基长寿命脂。", 900_000)
    stage.answer(challenge, second, grease, began + 15 * DAY, send=False)


def _race(stage: _Stage) -> None:
    """赛马制: three proposals, two of which went on to build prototypes."""
    began, need = stage.now - 70 * DAY, stage.need("NA-021")
    rounds = [
        RoundPlan(deadline=began + 30 * DAY, goes_on=2, payment=Decimal(300_000)),
        RoundPlan(deadline=stage.now + 120 * DAY, goes_on=2, payment=Decimal(600_000)),
        RoundPlan(deadline=stage.now + 400 * DAY, goes_on=1),
    ]
    challenge = stage.opened(
        "race", need, began, title="抗CMAS热障涂层", rounds=rounds, budget=Decimal(5_000_000),
        summary="燃机叶片热障涂层在吸入沙尘后被熔融硅酸盐渗入，冷却时成片剥落。以赛马方式并行支持多条路线，先比方案，"
        "再比样件，最后上机验证；每一轮都按实测指标淘汰，进入下一轮的团队获得阶段经费。",
    )  # fmt: skip
    stage.published(challenge, began)
    setter, at = stage.of(need.organisation_id), began + 20 * DAY
    for reference, title, approach in (
        (
            "RA-043",
            "Rare-earth zirconate top coat",
            "A gadolinium zirconate layer that turns the melt solid.",
        ),
        ("RA-044", "等离子喷涂双层涂层", "内层保留传统氧化钇稳定氧化锆，外层喷涂致密耐蚀层并控制竖裂纹密度。"),
        ("RA-130", "激光釉化封孔", "对现有涂层表面做激光釉化封孔，延缓熔体渗入。"),
    ):
        stage.answer(challenge, stage.lab(reference), _answer(challenge, title, approach, 2_000_000), at)
    stage.read(challenge, setter, began + 31 * DAY)
    stage.graded(challenge, began + 40 * DAY, (92, 80, 85), (78, 88, 80), (55, 60, 70))
    at = began + 42 * DAY
    rehearsed = eliminations.rehearse(stage.session, setter, challenge.id, at=at)
    draft = EliminationDraft(rehearsed=rehearsed.digest, reason="按评分取前两名进入样件轮。")
    eliminations.eliminate(stage.session, setter, challenge.id, draft, at=at)


def _directed_commission(stage: _Stage) -> None:
    """定向委托: one lab invited, an offer made and countered."""
    began, need = stage.now - 40 * DAY, stage.need("NB-011")
    challenge = stage.opened(
        "directed_commission", need, began, title="维修手册问答助手", budget=Decimal(1_200_000),
        rounds=[RoundPlan(deadline=stage.now - 5 * DAY)],
        summary="面向工程机械维修人员的手册问答助手，必须给出手册页码作为依据，对扭矩、油号等数值不得编造；查不到时要明确"
        "说查不到。定向委托一家有手册问答落地经验的团队，先在两个机型上试用三个月。",
    )  # fmt: skip
    setter, lab = stage.of(need.organisation_id), stage.lab("RB-023")
    stage.published(challenge, began)
    reason = "贵实验室已登记的成果与本题最接近。"
    invitations.invite(stage.session, setter, challenge.id, [lab.organisation_id or ""], reason=reason, at=began)
    said = "Answers are composed from cited manual pages only; numbers are copied from tables, never generated."
    answer = stage.answer(challenge, lab, _answer(challenge, "Grounded manual assistant", said, 1_100_000), began + DAY)
    opening.close(stage.session, setter, challenge.id, at=stage.now - 4 * DAY)
    first = OfferDraft(terms=_contract(Decimal(900_000)), message="先做两个机型，验收后再扩展。")
    negotiations.offer(stage.session, setter, answer, first, at=stage.now - 3 * DAY)
    counter = OfferDraft(terms=_contract(Decimal(1_050_000)), message="Three models, with our engineer on site.")
    negotiations.offer(stage.session, lab, answer, counter, at=stage.now - DAY)


def _explorer(stage: _Stage) -> None:
    """探索者计划: its funder has confirmed, and it waits for a matchmaker or operator to publish it."""
    funder = stage.admitted(FUNDER)
    challenge = stage.opened(
        "explorer", stage.need("NB-033"), stage.now - 2 * DAY, title="吡啶环硝化连续化的反应机理与放热控制",
        budget=Decimal(2_000_000), funder_id=funder.organisation_id,
        rounds=[RoundPlan(deadline=stage.now + 60 * DAY)],
        summary="釜式硝化放热集中、批间差异大，企业希望弄清吡啶环硝化的动力学与副反应机理，为连续化放大提供依据。"
        "由企业与省级科技计划一比一出资，面向科研机构征集基础研究方案，企业出题并参与阅卷。",
    )  # fmt: skip
    funding.agree(stage.session, funder, challenge.id, Decimal(2_000_000), "CNY", at=stage.now - DAY)


def _innovation_challenge(stage: _Stage) -> None:
    """创新挑战赛: the preliminary round is on the graders' desks."""
    began, need = stage.now - 60 * DAY, stage.need("NC-015")
    challenge = stage.opened(
        "innovation_challenge", need, began, title="大雨团雾下的自动紧急制动感知", budget=Decimal(800_000),
        rounds=[
            RoundPlan(deadline=stage.now - 10 * DAY, goes_on=2),
            RoundPlan(deadline=stage.now + 45 * DAY, goes_on=1),
        ],
        summary="大雨和团雾时摄像头与激光雷达同时退化，自动紧急制动功能经常退出。征集不增加传感器数量、在能见度五十米时"
        "仍不退出的感知方案，初赛看方案与回放数据，决赛在封闭场地实车演示，设奖金池。",
    )  # fmt: skip
    stage.published(challenge, began)
    for reference, title, approach in (
        ("RC-029", "Radar-first fusion with learned dropout", "Raw radar returns carry detection while optics fade."),
        ("RC-030", "雨雾自适应点云去噪", "按雨滴回波的时空稀疏性剔除噪点，保留路面目标。"),
        ("RC-032", "路側感知補盲", "以路側毫米波資料補足車端盲區，並評估延遲。"),
    ):
        lab = stage.lab(reference)
        stage.answer(challenge, lab, _answer(challenge, title, approach, 400_000), began + 30 * DAY)
    stage.read(challenge, stage.of(need.organisation_id), stage.now - 9 * DAY)
    drawing.draw(stage.session, stage.operator, challenge.id, ONE_GRADER, at=stage.now - 8 * DAY)


def _invest_to_evaluate(stage: _Stage) -> None:
    """以投代评: decided by an investor's money, under contract, the second milestone waiting for acceptance."""
    began, need = stage.now - 200 * DAY, stage.need("NC-031")
    challenge = stage.opened(
        "invest_to_evaluate", need, began, title="磷酸铁锂黑粉优先提锂", rounds=[RoundPlan(deadline=began + 60 * DAY)],
        summary="废旧磷酸铁锂黑粉提锂之后的磷铁渣缺少出路。征集优先提锂并把磷铁做回电池级的工艺，由受邀的投资机构看过答题"
        "材料后以真金白银表态，获得出资的方案进入中试，评分只作为参考。",
    )  # fmt: skip
    stage.published(challenge, began)
    setter, investor = stage.of(need.organisation_id), stage.admitted(INVESTOR)
    one = [investor.organisation_id or ""]
    invitations.invite(
        stage.session, setter, challenge.id, one, reason="长期投资电池回收。", invests=True, at=began + DAY
    )
    lab, other = stage.lab("RC-061"), stage.lab("RC-062")
    said = "Selective oxidative leaching takes the lithium out first and leaves an iron phosphate that can be re-used."
    chosen = stage.answer(challenge, lab, _answer(challenge, "Lithium first", said, 3_000_000), began + 30 * DAY)
    wet = _answer(challenge, "全溶后分步沉淀", "先全溶再分步沉淀锂、铁、磷。", 2_500_000)
    passed_over = stage.answer(challenge, other, wet, began + 31 * DAY)
    stage.read(challenge, setter, began + 61 * DAY)
    money = CommitmentDraft(amount=Decimal(3_000_000), conditions="中试线日处理不低于一吨。")
    commitments.commit(stage.session, investor, chosen, money, at=began + 70 * DAY)
    closing.close(stage.session, setter, challenge.id, at=began + 80 * DAY)
    for answer, decided, reason in (
        (chosen, Decided.SELECTED, "获得投资机构全额出资。"),
        (passed_over, Decided.REJECTED, "无机构出资；试剂消耗高于目标。"),
    ):
        draft = DecisionDraft(decided=decided, reason=reason)
        determinations.decide(stage.session, setter, answer, draft, at=began + 81 * DAY)
    determinations.determine(stage.session, setter, challenge.id, at=began + 82 * DAY)
    [award] = awards.settle(stage.session, stage.secrets, setter, challenge.id, at=began + 95 * DAY)
    _carried_out(stage, award.id, setter, lab, began + 100 * DAY)


def _contract(amount: Decimal, **said: Any) -> ContractDraft:
    """Half of it for the lab scale, half for the line."""
    values: dict[str, Any] = {"kind": CooperationMode.DEVELOPMENT, "ownership": Ownership.PARTIAL}
    steps = [
        MilestoneDraft(title="小试 Lab scale", amount=amount / 2),
        MilestoneDraft(title="中试 Pilot", amount=amount / 2, **said),
    ]
    return ContractDraft(amount=amount, milestones=steps, joint_ip="共有", **values)


def _carried_out(stage: _Stage, award_id: str, setter: Actor, lab: Actor, at: datetime) -> None:
    """Signed, the first milestone paid, the second handed in."""
    drafted = contracts.draft(stage.session, lab, award_id, _contract(Decimal(3_000_000), indicators=[0]), at=at)
    for side in (setter, lab):
        contracts.confirm(stage.session, side, drafted.id, drafted.version, at=at + DAY)
    first, second = _milestones(stage.session, drafted)
    done = MilestoneReport(report="小试完成，锂浸出率达到目标，报告附后。")
    milestones.submit(stage.session, lab, first.id, done, at=at + 40 * DAY)
    milestones.accept(stage.session, setter, first.id, at=at + 45 * DAY)
    milestones.pay(stage.session, setter, first.id, "2026-0117", at=at + 50 * DAY)
    target = _indicators(stage.session.get_one(Challenge, _challenge_of(stage.session, award_id)))[0]
    measured = DeliveredValue(indicator=0, value=target.value, unit=target.unit, method=target.test_method)
    report = MilestoneReport(report="中试线连续运行三十天。", measured=[measured])
    milestones.submit(stage.session, lab, second.id, report, at=at + 90 * DAY)


def _milestones(session: Session, contract: Contract) -> list[Milestone]:
    query = select(Milestone).where(Milestone.contract_id == contract.id).order_by(col(Milestone.number))
    return list(session.exec(query))


def _challenge_of(session: Session, award_id: str) -> str:
    return session.get_one(Award, award_id).challenge_id
