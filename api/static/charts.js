// Charts of the operator's desk, drawn by ECharts of the numbers that stand in the page.

const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#c8ced8" : "#373c44";
const COLOURS = dark ? ["#6ab0f3", "#f0a35e", "#7fd1ae", "#d9a5e8"] : ["#1d5fa6", "#b85c00", "#1a7f5a", "#8a3fa0"];

function months({ rows, words }) {
  const counted = ["needs", "results", "challenges", "awards"];
  return {
    tooltip: { trigger: "axis" },
    legend: { textStyle: { color: ink } },
    xAxis: { type: "category", data: rows.map((row) => row.month), axisLabel: { color: ink } },
    yAxis: [
      { type: "value", minInterval: 1, axisLabel: { color: ink } },
      { type: "value", name: words.value, nameTextStyle: { color: ink }, axisLabel: { color: ink }, splitLine: { show: false } },
    ],
    series: [
      ...counted.map((name) => ({ name: words[name], type: "bar", data: rows.map((row) => row[name]) })),
      { name: words.value, type: "line", yAxisIndex: 1, data: rows.map((row) => Number(row.value)) },
    ],
  };
}

function map({ rows, words, root }) {
  const size = (nearest) => 5 + 18 * Math.max(0, 0.75 - nearest);
  return {
    tooltip: { formatter: (point) => point.data.name.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`) },
    legend: { textStyle: { color: ink } },
    xAxis: { show: false, scale: true },
    yAxis: { show: false, scale: true },
    dataZoom: [{ type: "inside", xAxisIndex: 0 }, { type: "inside", yAxisIndex: 0 }],
    series: Object.entries(words).map(([kind, name]) => ({
      name,
      type: "scatter",
      symbol: kind === "need" ? "circle" : "diamond",
      data: rows
        .filter((row) => row.kind === kind)
        .map((row) => ({ name: row.title, value: [row.x, row.y], symbolSize: size(row.nearest), place: row.id && `${root}/${kind}s/${row.id}` })),
    })),
  };
}

const KINDS = { months, map };

for (const element of document.querySelectorAll("[data-chart]")) {
  const numbers = JSON.parse(document.querySelector(`script[data-for="${element.id}"]`).textContent);
  element.hidden = false;
  const chart = echarts.init(element);
  chart.setOption({ color: COLOURS, backgroundColor: "transparent", ...KINDS[element.dataset.chart](numbers) });
  chart.on("click", ({ data }) => { if (data && data.place) location.href = data.place; });
  addEventListener("resize", () => chart.resize());
}
