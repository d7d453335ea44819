// Draws the charts of the cockpit from the JSON beside them. Without this file, or without the library, the tables
// below say the same; every bar opens what its figure is made of.
"use strict";

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(`--${name}`).trim();
const regionColour = (slug) => (slug && colour(slug)) || colour("color-primary") || colour("ink-2");
const font = style.getPropertyValue("--font-sans") || "sans-serif";
const text = { color: colour("ink"), fontFamily: font, fontSize: 13 };
const quiet = { color: colour("ink-3"), fontFamily: font, fontSize: 12 };
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const hatch = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4, color: colour("card") };

// fen as the table below writes them: exact, with two decimals
const yuan = (fen) => (fen / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });

function frame(data, label) {
  return {
    animation: !still,
    animationDuration: 250,
    textStyle: text,
    aria: { enabled: true, label: { description: label }, decal: { show: false } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      axisPointer: { type: "shadow", shadowStyle: { opacity: 0.12 } },
      backgroundColor: colour("card"),
      borderColor: colour("line"),
      textStyle: text,
      formatter: (points) => {
        const list = Array.isArray(points) ? points : [points];
        const lines = list
          .filter((point) => point.data?.fen !== undefined)
          .map((point) => `${point.seriesName}  ¥${yuan(point.data.fen)}`);
        return [list[0]?.name, ...lines].join("\n");
      },
    },
    grid: { left: 8, right: 56, top: 8, bottom: 8, containLabel: true },
  };
}

const amounts = { type: "value", axisLabel: { ...quiet, formatter: short, hideOverlap: true }, splitLine: { lineStyle: { color: colour("line") } } };
const names = (rows) => ({
  type: "category",
  inverse: true,
  data: rows.map((row) => row.name),
  axisTick: { show: false },
  axisLine: { lineStyle: { color: colour("line") } },
  axisLabel: { ...text, width: 128, overflow: "truncate" },
});

function bars(data, label) {
  const value = (row) => ({
    value: row.fen / data.per,
    fen: row.fen,
    url: row.url,
    itemStyle: { color: regionColour(row.slug), borderRadius: 3 },
    label: { show: true, position: row.fen < 0 ? "left" : "right", formatter: () => short(row.fen / data.per), ...text },
  });
  return {
    ...frame(data, label),
    xAxis: amounts,
    yAxis: names(data.rows),
    series: [{ type: "bar", name: data.names.fen, barMaxWidth: 22, cursor: "pointer", data: data.rows.map(value) }],
  };
}

// confirmed solid, paid and not confirmed hatched behind it, the target as a tick with the share reached
function targets(data, label) {
  const part = (key, decal) => (row) => ({
    value: row[key] / data.per,
    fen: row[key],
    url: row.url,
    itemStyle: { color: regionColour(row.slug), borderRadius: key === "fen" ? 3 : 0, decal, borderColor: regionColour(row.slug) },
  });
  const tick = (row) => ({
    value: row.target ? row.target / data.per : "-",
    fen: row.target,
    label: { show: Boolean(row.target), position: "right", formatter: row.share, ...text, fontWeight: 700, backgroundColor: colour("card"), padding: [1, 4], borderRadius: 3, distance: 4 },
  });
  const legend = { top: 0, right: 8, selectedMode: false, itemWidth: 16, itemHeight: 11, textStyle: text };
  const whole = frame(data, label);
  return {
    ...whole,
    legend: { ...legend, data: [data.names.fen, { name: data.names.paid, itemStyle: { decal: hatch } }, data.names.target] },
    grid: { ...whole.grid, top: 36 },
    xAxis: amounts,
    yAxis: names(data.rows),
    series: [
      { type: "bar", stack: "sum", name: data.names.fen, color: colour("ink-2"), barMaxWidth: 24, cursor: "pointer", data: data.rows.map(part("fen")) },
      { type: "bar", stack: "sum", name: data.names.paid, color: colour("ink-2"), barMaxWidth: 24, cursor: "pointer", data: data.rows.map(part("paid", hatch)) },
      { type: "line", name: data.names.target, color: colour("ink"), symbol: "rect", symbolSize: [3, 34], lineStyle: { width: 0 }, data: data.rows.map(tick) },
    ],
  };
}

function months(data, label) {
  const tones = [colour("color-primary"), colour("ink-3")];
  const whole = frame(data, label);
  return {
    ...whole,
    tooltip: { ...whole.tooltip, axisPointer: { type: "line" } },
    legend: { top: 0, right: 8, selectedMode: false, textStyle: text, data: data.lines.map((line) => line.name) },
    grid: { ...whole.grid, right: 16, top: 36 },
    xAxis: { type: "category", data: data.labels, axisLabel: quiet, axisLine: { lineStyle: { color: colour("line") } } },
    yAxis: amounts,
    series: data.lines.map((line, place) => ({
      type: "line",
      name: line.name,
      color: tones[place],
      symbol: place ? "emptyRect" : "circle",
      symbolSize: 6,
      lineStyle: { width: place ? 2 : 3, type: place ? "dashed" : "solid" },
      // months to come have no figure, which is not a figure of nothing
      data: line.fen.map((fen) => (fen === null ? "-" : { value: fen / data.per, fen })),
    })),
  };
}

const kinds = { bars, targets, months };
const HEAD = 64;
const ROW = 38;

function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  if (data.rows) box.style.height = `${HEAD + ROW * data.rows.length}px`;
  const chart = window.echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(kinds[data.kind](data, box.dataset.label));
  chart.on("click", (point) => {
    if (point.data?.url) window.location.assign(point.data.url);
  });
  new ResizeObserver(() => chart.resize()).observe(box);
}

if (window.echarts) {
  document.documentElement.classList.add("charts");
  document.querySelectorAll("[data-chart]").forEach(draw);
}
