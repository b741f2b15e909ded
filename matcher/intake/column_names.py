"""The columns of a need list and of a result list, and the names that people give them.

The tables are read top to bottom; `columns.py` folds the names, so one spelling of each is enough. A
name in `unsure` feeds the column only when no other header names that column outright: 技术需求 is the
title in one company's list and the description beside 需求名称 in another's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

ORGANISATION = "organisation"
BUDGET = "budget"
REASONS = "退回原因 Reasons"
"""Heads the column that `rejected.py` adds; passed over when such a file is brought again."""
ORIGIN = "原行号 Row"
ORGANISATION_REGION = "organisation_region"
"""Where the company of a need has its seat."""


@dataclass(frozen=True, slots=True)
class Column:
    field: str
    """A field of the draft, or `organisation`, or `budget` (a range in one cell)."""
    zh: str
    en: str
    names: str
    """Other headers, between bars."""
    unsure: str = ""
    joins: bool = False
    """Whether several columns of a sheet may feed it together."""


_TITLE = Column(
    "title", "", "Title", "标题|题目|名称|项目名称|项目题目|Name|Project|Project title|Project name|Topic|Subject"
)

_REGION = "所在地区|地区|所在地|所在省份|省份|省|城市|区域|所在区域|所属地区|所在城市|地域|Location|Province|City|Place"

SHARED = (
    Column(
        "reference", "编号", "Reference",
        "ID|需求编号|成果编号|难题编号|榜单编号|课题编号|技术编号|Need ID|Result ID|Need no|Result no|项目编号"
        "|内部编号|编码|代码|Ref|Ref no|Reference no|Reference number|Number|Code|Identifier|Key",
    ),
    Column(
        "field", "技术领域", "Field",
        "领域|所属领域|所属技术领域|行业|所属行业|行业领域|产业领域|应用行业|所属产业|产业|技术方向"
        "|Technical field|Field of technology|Technology field|Industry|Sector|Domain|Area|Technology area"
        "|Category|分类|类别|所属类别|技术类别",
        joins=True,
    ),
    Column("keywords", "关键词", "Keywords", "关键字|标签|主题词|Key words|Keyword|Tags|Tag", joins=True),
    Column(
        "cooperation_modes", "合作方式", "Cooperation modes",
        "合作模式|拟合作方式|意向合作方式|期望合作方式|转化方式|拟转化方式|成果转化方式|交易方式|转让方式"
        "|合作意向|合作类型|解决方式|Cooperation mode|Cooperation|Cooperation type|Collaboration mode"
        "|Collaboration|Mode of cooperation|Modes|Mode|Transfer mode",
        joins=True,
    ),
    Column(
        "disclosure", "公开范围", "Disclosure",
        "披露范围|公开方式|公开程度|公开级别|披露级别|披露方式|是否公开|信息公开方式|保密要求|Disclosure tier"
        "|Disclosure level|Visibility|Confidentiality",
    ),
    Column("currency", "币种", "Currency", "货币|货币单位"),
    Column(
        ORGANISATION, "单位名称", "Organisation",
        "单位|企业|企业名称|公司|公司名称|需求单位|需求企业|需求方|提出单位|出题单位|发榜单位|发布单位|申报单位"
        "|所属单位|机构|机构名称|完成单位|成果单位|成果完成单位|第一完成单位|持有单位|权利人|专利权人|高校|院校"
        "|学校|研究所|依托单位|Organization|Organisation name|Organization name|Company|Company name|Institution"
        "|Institute|University|Owner|Affiliation|Applicant",
    ),
)  # fmt: skip

NEED = (
    replace(
        _TITLE, zh="需求名称",
        names=_TITLE.names + "|技术需求名称|需求标题|需求题目|需求项目名称|难题名称|技术难题名称|难题|技术难题"
        "|问题名称|榜单名称|榜题|榜题名称|课题名称|课题|任务名称|揭榜任务|揭榜任务名称|攻关任务|攻关任务名称"
        "|攻关项目名称|需求主题|Need|Need title|Need name|Requirement title|Challenge|Challenge title"
        "|Problem title|Title of need",
        unsure="技术需求|需求|企业需求|企业技术需求|Requirement|Technology need|Technical need",
    ),
    Column(
        "problem", "问题描述", "Problem",
        "需求描述|技术需求描述|需求内容|技术需求内容|需求详情|需求说明|需求简介|主要技术需求|难题描述|问题说明"
        "|问题|主要问题|拟解决的问题|拟解决问题|要解决的问题|关键技术问题|需解决的主要技术问题|需要解决的问题"
        "|需解决的问题|难题内容|技术难题描述|攻关内容|主要内容|主要攻关内容|研究内容|任务描述|榜单内容|描述|说明"
        "|详细描述|内容|摘要|简介|项目简介|Problem description|Problem statement|Description|Description of need"
        "|Need description|Details|Detail|Summary|Abstract|Statement|Background and problem",
        unsure="技术需求|需求|企业需求|企业技术需求|Requirement|Technology need|Technical need",
        joins=True,
    ),
    Column(
        "current_state", "现状与已有尝试", "Current state",
        "现状|技术现状|目前现状|现有基础|现有技术基础|已有基础|前期基础|前期工作|已有尝试|已尝试方案|国内外现状"
        "|背景|需求背景|项目背景|现有条件|Current situation|State of the art|Background|What was tried"
        "|Tried so far|Attempts so far|Status quo|Current state and what failed before",
        joins=True,
    ),
    Column(
        "indicators", "技术指标", "Indicators",
        "指标|主要指标|主要技术指标|考核指标|关键指标|核心指标|性能指标|技术参数|指标要求|技术指标要求|预期指标"
        "|预期目标|目标|技术目标|攻关目标|技术要求|性能要求|Indicator|Targets|Target|Specifications"
        "|Specification|Technical indicators|Key indicators|KPI|KPIs|Performance targets|Technical requirements",
        joins=True,
    ),
    Column(
        "scenario", "应用场景", "Application scenario",
        "场景|使用场景|应用场合|应用领域|应用方向|使用环境|Scenario|Application|Use case|Application scenarios"
        "|Use cases",
        joins=True,
    ),
    Column(
        "out_of_scope", "不包含的内容", "Out of scope", "不包括|不含|排除范围|排除项|不考虑的方案|不接受的方案"
        "|Exclusions|Excluded|Not wanted",
        joins=True,
    ),
    Column(
        "maturity_now", "当前成熟度", "Maturity now",
        "当前阶段|目前阶段|当前技术成熟度|现成熟度|目前成熟度|现有成熟度|当前TRL|现有TRL|Current TRL|TRL now"
        "|Current maturity|Current stage",
    ),
    Column(
        "maturity_wanted", "期望成熟度", "Maturity wanted",
        "要求成熟度|成熟度要求|目标成熟度|目标TRL|期望TRL|所需成熟度|技术成熟度要求|期望技术成熟度|Wanted TRL"
        "|TRL wanted|Target TRL|Required TRL|Target maturity|Required maturity|Wanted maturity",
        unsure="成熟度|技术成熟度|TRL|Maturity|TRL等级|技术成熟度等级",
    ),
    Column(
        BUDGET, "预算", "Budget",
        "预算范围|经费预算|预算金额|资金预算|项目预算|拟投入资金|拟投入经费|拟投入|投入预算|计划投入|计划投资"
        "|投资预算|投入资金|经费|资金|榜额|揭榜金额|悬赏金额|出资额|意向金额|意向投入|预计投入|意向资金"
        "|Budget range|Funding|Amount|Price range|Budget amount",
    ),
    Column("budget_min", "预算下限", "Budget from", "最低预算|预算最低|预算起|Minimum budget|Budget min|Min budget"),
    Column("budget_max", "预算上限", "Budget to", "最高预算|预算最高|预算至|Maximum budget|Budget max|Max budget"
    "|Budget up to"),
    Column(
        "funding_share", "财政或共同出资比例", "Public or co-funded share",
        "财政出资比例|财政资助比例|资助比例|配套比例|出资比例|共同出资比例|政府出资比例|Funding share"
        "|Public share|Co-funding share|Co-funding|Share of public funding|Public funding share",
    ),
    Column(
        "deadline", "截止日期", "Deadline",
        "截止时间|需求截止日期|有效期|有效期至|需求有效期|期限|解决期限|完成期限|完成时间|要求完成时间"
        "|期望完成时间|期望解决时间|时间要求|最迟日期|Due date|Due|Valid until|Needed by|Closing date"
        "|Completion date|Expiry",
    ),
    Column(
        "preferred_regions", "意向地区", "Preferred regions",
        "期望地区|意向区域|期望合作地区|合作地区|优先地区|偏好地区|意向合作地区|Preferred region|Regions"
        "|Preferred location",
        joins=True,
    ),
    Column(
        ORGANISATION_REGION, "企业所在地", "Region of the organisation",
        _REGION + "|Region|单位所在地|单位所在地区|企业所在地区|企业所在城市|公司所在地|注册地"
        "|Company location|Company region|Organisation region|Organization region|Headquarters",
    ),
    Column(
        "ip_wishes", "知识产权要求", "IP wishes",
        "知识产权|知识产权归属|知识产权约定|知产要求|IP|IP requirements|IP terms|Intellectual property|IP ownership",
        joins=True,
    ),
    Column(
        "decision_owner", "决策人", "Decision owner",
        "负责人|需求负责人|项目负责人|决策者|技术负责人|Decision maker|Responsible|Responsible person",
    ),
)  # fmt: skip

RESULT = (
    replace(
        _TITLE, zh="成果名称",
        names=_TITLE.names + "|科技成果名称|成果标题|成果题目|技术名称|专利名称|产品名称|技术成果名称|论文题目"
        "|Result title|Result name|Technology name|Technology title|Patent title|Invention title"
        "|Achievement title|Title of result",
        unsure="成果|科技成果|技术成果|技术|Result|Technology|Achievement",
    ),
    Column(
        "problem", "解决的问题", "Problem solved",
        "拟解决的问题|解决问题|解决的技术问题|所解决的问题|解决痛点|行业痛点|痛点|针对问题|技术背景|背景"
        "|项目背景|Problem|Background|Problem it solves|Problem addressed|Pain point",
        joins=True,
    ),
    Column(
        "abstract", "成果简介", "Abstract",
        "简介|成果介绍|成果简述|成果描述|成果概述|成果内容|项目简介|项目介绍|技术简介|技术介绍|技术描述|技术方案"
        "|技术内容|技术原理|主要内容|内容|摘要|说明|描述|详细描述|概述|专利摘要|Description|Summary|Overview"
        "|Introduction|Details|Detail|Result description|Technology description",
        unsure="成果|科技成果|技术成果|技术|Result|Technology|Achievement",
        joins=True,
    ),
    Column(
        "innovation", "创新点", "Innovation points",
        "技术创新点|主要创新点|创新性|技术特点|特点|关键技术|核心技术|Innovation|Novelty|Innovations"
        "|Key innovations|Novel points|Features",
        joins=True,
    ),
    Column(
        "indicators", "技术指标", "Indicators achieved",
        "指标|主要指标|主要技术指标|性能指标|技术参数|关键指标|核心指标|达到指标|已达指标|实测指标|技术性能"
        "|Indicators|Indicator|Performance|Specifications|Specification|Technical indicators|Key indicators|KPIs"
        "|Achieved performance|Parameters",
        joins=True,
    ),
    Column(
        "advantage", "优势", "Advantage",
        "技术优势|竞争优势|比较优势|先进性|与同类技术比较|与国内外同类技术比较|经济效益|效益|效益分析|市场前景"
        "|应用前景|经济性|Advantages|Benefits|Comparison|Competitive advantage|Economics|Benefit"
        "|Advantage over the leading alternative",
        joins=True,
    ),
    Column(
        "maturity", "成熟度", "Maturity",
        "技术成熟度|成果成熟度|所处阶段|阶段|技术阶段|当前阶段|研发阶段|成果阶段|成熟程度|技术水平阶段|TRL"
        "|TRL等级|技术成熟度等级|成熟度等级|Stage|Readiness|TRL level|Technology readiness level"
        "|Technology readiness|Current TRL|Development stage",
    ),
    Column("maturity_stage", "成熟阶段", "Maturity stage", "成熟度阶段"),
    Column(
        "rights", "知识产权", "Rights",
        "专利|专利号|专利情况|专利信息|知识产权情况|知识产权状况|知识产权信息|专利及其他权利|授权专利|IP|Patents"
        "|Patent|Patent number|Patent numbers|Intellectual property|IP rights|Patents and other rights",
        joins=True,
    ),
    Column(
        "ownership", "权属安排", "Ownership",
        "权属|成果权属|知识产权归属|权属情况|产权归属|权利归属|赋权情况|IP ownership|Ownership arrangement",
        joins=True,
    ),
    Column(
        "price", "价格", "Asking price",
        "意向价格|转让价格|拟转让价格|报价|挂牌价|挂牌价格|交易价格|许可费|转让费|许可费用|意向金额|拟交易金额"
        "|价款|Price|Licence fee|License fee|Fee|Asking",
    ),
    Column(
        "open_licence_terms", "开放许可条件", "Open-licence terms",
        "开放许可|开放许可条款|专利开放许可|Open licence|Open license|Open license terms",
        joins=True,
    ),
    Column(
        "team", "团队", "Team",
        "团队介绍|研发团队|团队简介|负责人|成果负责人|项目负责人|完成人|成果完成人|主要完成人|第一完成人|发明人"
        "|专家|Team members|Inventors|Inventor|Researchers|Research team|Contact person|Principal investigator"
        "|PI",
        joins=True,
    ),
    Column(
        "team_continuity", "团队持续投入", "Who stays on it",
        "后续支持|持续投入|团队承诺|人员安排|后续服务|Team continuity|Continuity|Ongoing support",
        joins=True,
    ),
    Column(
        "evidence", "证明材料", "Evidence",
        "佐证材料|检测报告|第三方检测|鉴定情况|获奖情况|获奖|应用案例|应用情况|推广应用情况|鉴定|评价情况|Proof"
        "|Test reports|Awards|References|Use cases|Applications",
        joins=True,
    ),
    Column(
        "region", "所在地区", "Region", _REGION,
    ),
)  # fmt: skip

COUNTERS = frozenset({"序号", "项次", "no", "sn", "serialno", "serialnumber"})
"""Columns that count the rows, or else number the items: see `numbering.py`."""

PASSED_OVER = frozenset({"行号", "row", "备注", "remarks", "remark"})
"""Columns that say nothing about the item: ignored without a notice."""
