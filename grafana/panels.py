"""The kinds of panels, in the form of the house: a unit is always said, and a legend is always there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common, heatmap, prometheus, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heatmap_model
from grafana_foundation_sdk.models import text as text_model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from floorwatch.floor.activity import ACTIVITIES
from floorwatch.metrics.phrases import phrase
from grafana.look import ACTIVITY_COLOURS, State, Two, fixed, mapped, prop, steps
from grafana.sheet import Sheet

Marks = Sequence[tuple[float | None, str]]
RATIO, SECONDS, COUNT, INSTANT, PER_SECOND = "percentunit", "s", "short", "dateTimeAsIso", "eps"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel. `legend`: a template of Grafana; `dashed` and `colour`: of its lines."""

    expr: str
    legend: Two | str = ""
    dashed: bool = False
    colour: str = ""


def _refs(queries: Sequence[Query]) -> Iterable[tuple[str, Query]]:
    return zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", queries, strict=False)


def _targets(
    sheet: Sheet, panel: Any, queries: Sequence[Query], *, kind: str = PromQueryFormat.TIME_SERIES, now: bool = False
) -> None:
    for ref, query in _refs(queries):
        legend = query.legend if isinstance(query.legend, str) else sheet.say(query.legend)
        asked = prometheus.Dataquery().ref_id(ref).expr(query.expr).legend_format(legend or "__auto")
        asked.format(PromQueryFormat(kind))
        panel.with_target(asked.instant() if now else asked.range())


def lines(
    sheet: Sheet,
    queries: Sequence[Query],
    unit: str,
    *,
    stacked: bool = False,
    bars: bool = False,
    marks: Marks = (),
    span: str = "",
) -> timeseries.Panel:
    """Lines over time. Dashed is what is aimed at. `marks`: colours of areas. `span`: at least so much a step."""
    panel = timeseries.Panel().unit(unit).line_width(2).fill_opacity(0).span_nulls(False)
    panel.show_points(common_model.VisibilityMode.NEVER)
    panel.legend(_legend_below())
    panel.tooltip(
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI).sort(common_model.SortOrder.NONE)
    )
    if unit == RATIO:
        panel.decimals(1)
    else:
        panel.axis_soft_min(0)
    if bars:
        panel.draw_style(common_model.GraphDrawStyle.BARS).fill_opacity(80).line_width(0)
    if stacked:
        panel.fill_opacity(60).line_width(0 if bars else 1)
        panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if marks:
        panel.thresholds(steps(*marks)).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.AREA)
        )
    if span:
        panel.interval(span)
    _targets(sheet, panel, queries)
    for ref, query in _refs(queries):
        looks = [prop("custom.lineStyle", {"fill": "dash", "dash": [10, 8]})] if query.dashed else []
        looks += [fixed(query.colour)] if query.colour else []
        if looks:
            panel.override_by_query(ref, looks)
    return panel


def by_activity(sheet: Sheet, expr: str) -> timeseries.Panel:
    """Agents by what they do, stacked, in the colours of the wallboard. `expr` leaves the label `activity`."""
    panel = lines(sheet, [Query(expr, "{{activity}}")], COUNT, stacked=True)
    for name in ACTIVITIES:
        called = prop("displayName", phrase(f"activity.{name}", sheet.lang))
        panel.override_by_name(name, [called, fixed(ACTIVITY_COLOURS[name])])
    return panel


def number(sheet: Sheet, expr: str, unit: str, *, marks: Marks = (), states: tuple[State, ...] = ()) -> stat.Panel:
    """One figure as it is now, and "–" where it is not known now: never the last that was. Without `marks` it has no
    colour: it is no verdict."""
    panel = stat.Panel().unit(unit).no_value("–").text_mode(common_model.BigValueTextMode.VALUE)
    panel.graph_mode(common_model.BigValueGraphMode.NONE).color_mode(common_model.BigValueColorMode.VALUE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    panel.thresholds(steps(*(marks or ((None, "text"),))))
    if unit == RATIO:
        panel.decimals(1)
    if states:
        panel.mappings(mapped(states, sheet.lang))
    _targets(sheet, panel, [Query(expr)], now=True)
    return panel


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a query that leaves the labels of its rows, and how its values look."""

    title: Two
    expr: str
    unit: str = COUNT
    marks: Marks = ()
    states: tuple[State, ...] = ()

    def properties(self, sheet: Sheet) -> list[model.DynamicConfigValue]:
        """How its cells look."""
        looks = [prop("unit", self.unit)]
        if self.unit == RATIO:
            looks.append(prop("decimals", 1))
        if self.states:
            looks.append(prop("mappings", mapped(self.states, sheet.lang)))
        if self.marks:
            looks.append(prop("thresholds", steps(*self.marks).build()))
        if self.states or self.marks:
            looks.append(prop("custom.cellOptions", {"type": "color-text"}))
        return looks


def rows(
    sheet: Sheet,
    labels: Mapping[str, Two],
    columns: Sequence[Column],
    *,
    by: Two | None = None,
    desc: bool = False,
    links: Mapping[str, Sequence[tuple[Two, str]]] | None = None,
) -> table.Panel:
    """What is so now, a row for each set of `labels` (with what they are called). `by`: the column it is sorted by;
    `links`: from the cells of a label to other pages."""
    panel = table.Panel().unit(COUNT).no_value("–").show_header(True).filterable(False)
    _targets(sheet, panel, [Query(column.expr) for column in columns], kind=PromQueryFormat.TABLE, now=True)
    values = [f"Value #{ref}" for ref, _ in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", columns, strict=False)]
    values = ["Value"] if len(values) == 1 else values
    names = [sheet.say(column.title) for column in columns]
    order = ["Time", *labels, *values]
    panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(
        model.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {name: place for place, name in enumerate(order)},
                "renameByName": {label: sheet.say(name) for label, name in labels.items()}
                | dict(zip(values, names, strict=True)),
            },
        )
    )
    for column, name in zip(columns, names, strict=True):
        panel.override_by_name(name, column.properties(sheet))
    for label, places in (links or {}).items():
        to = [{"title": sheet.say(title), "url": url, "targetBlank": False} for title, url in places]
        panel.override_by_name(sheet.say(labels[label]), [prop("links", to)])
    if by is not None:
        panel.sort_by([common.TableSortByFieldState().display_name(sheet.say(by)).desc(desc)])
    return panel


def intervals(sheet: Sheet, columns: Sequence[Column], span: str) -> table.Panel:
    """A row for each interval of the time shown, latest first; each column's query leaves one series."""
    panel = table.Panel().unit(COUNT).no_value("–").show_header(True).interval(span).max_data_points(2_000)
    _targets(sheet, panel, [Query(column.expr, column.title) for column in columns])
    panel.with_transformation(
        model.DataTransformerConfig(id_val="joinByField", options={"byField": "Time", "mode": "outer"})
    )
    begins = sheet.say(("Interval from", "时段起始"))
    panel.with_transformation(
        model.DataTransformerConfig(id_val="organize", options={"renameByName": {"Time": begins}})
    )
    for column in columns:
        panel.override_by_name(sheet.say(column.title), column.properties(sheet))
    return panel.sort_by([common.TableSortByFieldState().display_name(begins).desc(True)])


def _legend_below() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
        .calcs([])
    )


def states(sheet: Sheet, queries: Sequence[Query], named: tuple[State, ...]) -> statetimeline.Panel:
    """What was in which state from when to when: a row each."""
    panel = statetimeline.Panel().unit(COUNT).mappings(mapped(named, sheet.lang)).merge_values(True)
    panel.show_value(common_model.VisibilityMode.AUTO).row_height(0.85).fill_opacity(85).line_width(0).per_page(20)
    panel.legend(_legend_below())
    panel.tooltip(
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.SINGLE).sort(common_model.SortOrder.NONE)
    )
    _targets(sheet, panel, queries)
    return panel


def heat(sheet: Sheet, expr: str, unit: str, *, span: str) -> heatmap.Panel:
    """How the values of a histogram lie over time. `expr` leaves the label `le`."""
    panel = heatmap.Panel().unit(unit).interval(span).calculate(False).cell_gap(1).hide_legend()
    panel.color(
        heatmap.HeatmapColorOptions()
        .mode(heatmap_model.HeatmapColorMode.SCHEME)
        .scheme("Blues")
        .scale(heatmap_model.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
        .reverse(True)
        .fill("dark-blue")
    )
    panel.y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(common_model.AxisPlacement.LEFT))
    panel.tooltip(heatmap.HeatmapTooltip().mode(common_model.TooltipDisplayMode.SINGLE).y_histogram(True))
    _targets(sheet, panel, [Query(expr, "{{le}}")], kind=PromQueryFormat.HEATMAP)
    return panel


def words(markdown: str) -> text.Panel:
    """A text to read."""
    return text.Panel().mode(text_model.TextMode.MARKDOWN).content(markdown)
