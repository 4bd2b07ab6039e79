"""A dashboard being laid out: panels one after the other, from left to right and on from the top.

Every panel gets the data source of the dashboard, the next id and the next free place, its titles in one language, and
for a description what the catalogue says of the figures it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import DataSourceRef

from floorwatch.metrics.catalogue import FIGURES, Language, described
from floorwatch.metrics.phrases import phrase
from floorwatch.view import WINDOWS
from grafana.look import ORANGE, RED, Two, said
from grafana.queries import SITES, of

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WALLBOARD = "http://127.0.0.1:8321"
"""Where the links to the wallboard lead; `floorwatch dashboards export --wallboard` writes another address."""
WIDTH = 24
ALERTS_UID = "floorwatch-alerts"
RUNBOOK_ID = 900
"""Of the panel that holds the runbook, on the dashboard of the alerts."""
_SPANS = ("15m", "30m", "1h", "1d")

_ALL = model.VariableOption(selected=True, text=["All"], value=["$__all"])


class Sheet:
    """One dashboard in one language."""

    def __init__(self, lang: Language) -> None:
        self.lang = lang
        self._tag = "floorwatch" if lang == "en" else f"floorwatch-{lang}"
        self._board = build.Dashboard("")
        self._id = 0
        self._x = self._y = self._row_height = 0

    def say(self, text: Two) -> str:
        """The text in the language of the sheet."""
        return said(text, self.lang)

    def uid(self, uid: str) -> str:
        """The fixed id of a dashboard in the language of the sheet."""
        return uid if self.lang == "en" else f"{uid}-{self.lang}"

    def open(
        self,
        uid: str,
        title: Two,
        about: Two,
        *,
        since: str,
        queues: str = "",
        windows: bool = False,
        spans: bool = False,
    ) -> None:
        """What the dashboard is. `since`: from when it shows at first. `queues`: "many", "one", or none to choose."""
        board = self._board.uid(self.uid(uid)).title(f"floorwatch: {self.say(title)}").description(self.say(about))
        board.tags([self._tag]).timezone("browser").refresh("10s").time(since, "now").editable()
        board.tooltip(model.DashboardCursorSync.CROSSHAIR)
        board.with_variable(
            build.DatasourceVariable("datasource").label(self.say(("Data source", "数据源"))).type("prometheus")
        )
        sites = of("floorwatch_build_info")
        self._choice("site", ("Site", "站点"), f"label_values({sites}, site)", many=True)
        if queues:
            known = of("floorwatch_queue_known", SITES)
            self._choice("queue", ("Queue", "队列"), f"label_values({known}, queue)", many=queues == "many")
        if windows:
            texts = {name: phrase(f"window.{name}", self.lang) for name in WINDOWS}
            self._fixed_choice("window", ("Window", "时间窗"), texts, "15m")
        if spans:
            self._fixed_choice("interval", ("Interval", "时段"), {span: span for span in _SPANS}, "30m")
        board.with_variable(build.ConstantVariable("wallboard").value(WALLBOARD))
        for note in self._annotations(queues):
            board.annotation(note)
        for link in self._links():
            board.link(link)

    def add(
        self, panel: Any, title: Two, about: Sequence[str], w: int, h: int, *, more: Two = ("", ""), id_: int = 0
    ) -> None:
        """Put a panel (a builder of the SDK) at the next free place, `w` of 24 wide. `about`: figures of the
        catalogue; `more`: what is to be said of this panel besides; `id_`: where others link to it."""
        texts = [self.say(more)] if more[0] else []
        texts += [f"**{FIGURES[id_].name(self.lang)}**: {described(FIGURES[id_], self.lang)}" for id_ in about]
        self._id += 1
        if self._x + w > WIDTH:
            self._next_line()
        place = model.GridPos(h=h, w=w, x=self._x, y=self._y)
        panel.id(id_ or self._id).title(self.say(title)).description("\n\n".join(texts)).grid_pos(place)
        self._board.with_panel(panel.datasource(DATASOURCE))
        self._x += w
        self._row_height = max(self._row_height, h)

    def row(self, title: Two) -> None:
        """Begin a part of the dashboard."""
        self._next_line()
        self._id += 1
        place = model.GridPos(h=1, w=WIDTH, x=0, y=self._y)
        self._board.with_row(build.Row(self.say(title)).id(self._id).grid_pos(place))
        self._y += 1

    def dashboard(self) -> model.Dashboard:
        """The dashboard as it is now."""
        board = self._board.build()
        for variable in board.templating.list_val or []:
            if variable.type_val == "constant":  # its builder has no word for it, and it is nothing to choose
                variable.hide, variable.skip_url_sync = model.VariableHide.HIDE_VARIABLE, True
        return board

    def _next_line(self) -> None:
        self._x, self._y, self._row_height = 0, self._y + self._row_height, 0

    def _choice(self, name: str, label: Two, query: str, *, many: bool) -> None:
        variable = (
            build.QueryVariable(name)
            .label(self.say(label))
            .datasource(DATASOURCE)
            .query({"query": query, "refId": f"variable-{name}", "qryType": 1})
            .definition(query)
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.NATURAL_ASC)
            .allow_custom_value(False)
        )
        if many:  # a label that is not there is an empty one: `.*` finds it, too
            variable.multi(True).include_all(True).all_value(".*").current(_ALL)
        self._board.with_variable(variable)

    def _fixed_choice(self, name: str, label: Two, texts: dict[str, str], first: str) -> None:
        options = [model.VariableOption(key == first, text, key) for key, text in texts.items()]
        self._board.with_variable(
            build.CustomVariable(name)
            .label(self.say(label))
            .values(", ".join(f"{text} : {key}" for key, text in texts.items()))
            .options(options)
            .current(next(option for option in options if option.selected))
            .allow_custom_value(False)
        )

    def _annotations(self, queues: str) -> list[build.AnnotationQuery]:
        """Alerts while they fire, and the moments at which another schedule came into force."""
        # Alerts that are about no queue (a lost feed) are shown with those of the chosen ones.
        whose = {"many": 'queue=~"$queue|"', "one": 'queue=~"${queue:regex}|"'}.get(queues)
        state = of("floorwatch_alert_state", SITES, *([whose] if whose else []))
        alerts = (
            build.AnnotationQuery()
            .name(self.say(("Alerts", "告警")))
            .expr(f"max by (site, rule, severity, queue, source, output, daemon) ({state}) == 2")
            .title_format("{{rule}} {{queue}}{{source}}{{output}}{{daemon}}")
            .text_format("{{severity}}")
            .tag_keys("severity")
            .icon_color(RED)
        )
        schedule = (
            build.AnnotationQuery()
            .name(self.say(("Schedule changed", "班表变更")))
            .expr(f"{of('floorwatch_schedule_changed_timestamp_seconds', SITES)} * 1000")
            .use_value_for_time(True)
            .title_format(self.say(("Another schedule is in force", "新班表生效")))
            .icon_color(ORANGE)
        )
        return [note.datasource(DATASOURCE).enable(True).step("30s") for note in (alerts, schedule)]

    def _links(self) -> list[build.DashboardLink]:
        others = (
            build.DashboardLink(self.say(("Dashboards", "仪表盘")))
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([self._tag])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        runbook = f"/d/{self.uid(ALERTS_UID)}?viewPanel=panel-{RUNBOOK_ID}"
        places = (
            (("Wallboard", "现场看板"), "${wallboard}/", "external link"),
            (("Runbook", "处置手册"), runbook, "doc"),
        )
        return [
            others,
            *(
                build.DashboardLink(self.say(title))
                .type(model.DashboardLinkType.LINK)
                .url(url)
                .icon(icon)
                .target_blank(True)
                for title, url, icon in places
            ),
        ]
