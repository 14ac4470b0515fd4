// <eh-chart>: draws the JSON in its <script type="application/json"> child with ECharts.
// The canvas lives in a shadow root, so that page swaps never erase it, and follows the theme,
// the width and changes of the data. The server writes the sentence and the table beside it.

const url = document.querySelector('meta[name="eh-charts"]')?.content;
let library;
const load = () => (library ??= import(url));

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  :host { display: block; position: relative; }
  .plot { width: 100%; height: 100%; }
  .tip { font: 400 12px/1.45 var(--font); color: var(--text); }
  .tip b { display: block; font-weight: 600; margin-bottom: 2px; }
  .tip p { display: flex; align-items: center; gap: 8px; margin: 0; white-space: nowrap; }
  .tip i { width: 8px; height: 8px; border-radius: 2px; flex: none; }
  .tip span { margin-left: auto; padding-left: 16px; font-variant-numeric: tabular-nums; font-weight: 550; }
`);

const formatter = (unit, compact) => {
  const options = { maximumFractionDigits: unit?.digits ?? (compact ? 1 : 2) };
  if (compact) options.notation = "compact";
  if (unit?.kind === "money") Object.assign(options, { style: "currency", currency: unit.currency, minimumFractionDigits: 0 });
  if (unit?.kind === "percent") options.style = "percent";
  const number = new Intl.NumberFormat("en-US", options);
  const suffix = unit?.suffix ? ` ${unit.suffix}` : "";
  return (value) => (value == null || Number.isNaN(+value) ? "unknown" : number.format(value) + suffix);
};

class Chart extends HTMLElement {
  #plot;
  #chart;
  #colours;
  #spec;
  #headroom;
  #watchers = [];
  #frame;

  connectedCallback() {
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.#plot = document.createElement("div");
      this.#plot.className = "plot";
      root.append(this.#plot);
    }
    const data = new MutationObserver(() => this.#redraw());
    data.observe(this, { childList: true, subtree: true, characterData: true });
    const theme = new MutationObserver(() => this.#redraw());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const size = new ResizeObserver(() => {
      this.#chart?.resize();
      if (this.#spec && headroom(this.#spec, this.#plot.clientWidth) !== this.#headroom) this.#redraw();
    });
    size.observe(this);
    const redraw = () => this.#redraw();
    const media = ["(prefers-color-scheme: dark)", "print"].map((query) => matchMedia(query));
    for (const query of media) query.addEventListener("change", redraw);
    this.#watchers = [data, theme, size, { disconnect: () => media.forEach((query) => query.removeEventListener("change", redraw)) }];
    this.#redraw();
  }

  disconnectedCallback() {
    for (const watcher of this.#watchers) watcher.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#chart?.dispose();
    this.#chart = undefined;
  }

  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw().catch((error) => console.error("eh-chart", error)));
  }

  async #draw() {
    const source = this.querySelector('script[type="application/json"]')?.textContent;
    if (!source) return;
    const { init } = await load();
    if (!this.isConnected) return;
    const spec = JSON.parse(source);
    this.#spec = spec;
    this.#colours = this.#resolve();
    if (!this.#chart) {
      this.#chart = init(this.#plot, null, { renderer: "canvas" });
      this.#chart.on("click", (event) => {
        const href = event.data?.href;
        if (href) (this.dispatchEvent(new CustomEvent("eh:open", { bubbles: true, cancelable: true, detail: { href } }))) && location.assign(href);
      });
    }
    this.#headroom = headroom(spec, this.#plot.clientWidth);
    this.#chart.setOption(option(spec, this.#colours, this.#headroom), { notMerge: true });
    this.dataset.drawn = "true";
  }

  // light-dark() is resolved only in a real property, so each token is read through a probe.
  #resolve() {
    const probe = document.createElement("span");
    this.shadowRoot.append(probe);
    const style = getComputedStyle(probe);
    const read = (name) => ((probe.style.color = `var(--${name})`), style.color);
    const names = ["text", "text-2", "text-3", "line", "line-strong", "surface", "overlay", "viz-grid", "accent-soft", "good", "warn", "bad", "info"];
    const colours = Object.fromEntries(names.map((name) => [name, read(name)]));
    for (let index = 1; index <= 6; index += 1) colours[`viz-${index}`] = read(`viz-${index}`);
    colours.font = getComputedStyle(this).fontFamily;
    probe.remove();
    return colours;
  }
}

const faded = (colour, alpha) => colour.replace(/^rgba?\(([^)]+)\)$/, (_, parts) => `rgba(${parts.split(",").slice(0, 3).join(",")}, ${alpha})`);

function tip(title, rows) {
  const box = document.createElement("div");
  box.className = "tip";
  const head = document.createElement("b");
  head.textContent = title;
  box.append(head);
  for (const { colour, name, text } of rows) {
    const row = document.createElement("p");
    const key = document.createElement("i");
    key.style.background = colour;
    const value = document.createElement("span");
    value.textContent = text;
    row.append(key, name, value);
    box.append(row);
  }
  return box;
}

const legendNames = (spec) => (spec.series.length > 1 && !spec.single ? spec.series.map((series) => series.name) : []);

/** What stands above a plot so many pixels wide takes so many: the legend, in as many lines as it needs, and the name of the axis, beside it or below. */
function headroom(spec, width) {
  const axis = spec.y.label && !spec.horizontal ? spec.y.label : "";
  const names = legendNames(spec);
  if (names.length === 0) return axis ? 30 : 12;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const wide = (text) => pen.measureText(text).width;
  let [lines, line] = [1, 0];
  for (const name of names) {
    const item = wide(name) + 29;
    if (line > 0 && line + item > width) [lines, line] = [lines + 1, 0];
    line += item;
  }
  const beside = lines === 1 && line + wide(axis) + 16 < width;
  return 10 + 24 * lines + (axis && !beside ? 16 : 0);
}

function option(spec, colours, headroom) {
  const colour = (tone, index) => colours[tone ?? `viz-${(index % 6) + 1}`] ?? colours["viz-1"];
  const label = { color: colours["text-3"], fontSize: 11, fontFamily: colours.font };
  const name = { ...label, color: colours["text-2"] };
  const full = formatter(spec.y.unit, false);
  const short = formatter(spec.y.unit, true);
  const value = {
    type: "value",
    name: spec.y.label,
    min: spec.y.min ?? undefined,
    max: spec.y.max ?? undefined,
    // Of what comes in whole pieces there are no halves.
    minInterval: spec.y.unit.kind === "number" && spec.series.every((one) => one.values?.every(Number.isInteger)) ? 1 : undefined,
    axisLabel: { ...label, formatter: short, hideOverlap: true },
    nameTextStyle: { ...name, align: spec.horizontal ? "center" : "left" },
    nameLocation: spec.horizontal ? "middle" : "end",
    nameGap: spec.horizontal ? 26 : 10,
    splitLine: { lineStyle: { color: colours["viz-grid"] } },
    axisLine: { show: false },
    axisTick: { show: false },
  };
  const scatter = spec.kind === "scatter";
  const fullX = formatter(spec.x.unit, false);
  const shared = {
    aria: { enabled: false },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 260,
    textStyle: { fontFamily: colours.font },
    grid: { left: 6, right: 14, top: headroom, bottom: spec.x.label && !spec.horizontal ? 22 : spec.horizontal && spec.y.label ? 26 : 4, containLabel: true },
    legend: { show: false },
    tooltip: {
      trigger: scatter ? "item" : "axis",
      confine: true,
      backgroundColor: colours.overlay,
      borderColor: colours["line-strong"],
      padding: [8, 10],
      axisPointer: { type: spec.series.some((series) => series.shape === "bar") ? "shadow" : "line", lineStyle: { color: colours["line-strong"] }, shadowStyle: { color: faded(colours["text-3"], 0.1) } },
    },
  };
  const names = legendNames(spec);
  if (names.length > 0) {
    shared.legend = { show: true, top: 0, right: 0, itemWidth: 10, itemHeight: 10, itemGap: 14, icon: "roundRect", textStyle: { ...label, color: colours["text-2"], fontSize: 12 }, data: names };
  }
  const marks = (spec.marks ?? []).map((mark) => ({
    [mark.axis === "x" ? (spec.horizontal ? "yAxis" : "xAxis") : spec.horizontal ? "xAxis" : "yAxis"]: mark.at,
    label: { formatter: mark.label, position: mark.axis === "x" ? "end" : "insideStartTop", color: colours["text-2"], backgroundColor: faded(colours.surface, 0.85), padding: [2, 4], borderRadius: 3, fontSize: 11, fontFamily: colours.font },
  }));
  const markLine = marks.length ? { silent: true, symbol: "none", lineStyle: { color: colours["text-3"], type: [4, 4], width: 1 }, data: marks } : undefined;

  if (scatter) {
    return {
      ...shared,
      xAxis: { ...value, name: spec.x.label, nameLocation: "middle", nameGap: 26, min: spec.x.min ?? undefined, max: spec.x.max ?? undefined, nameTextStyle: { ...name, align: "center" }, axisLabel: { ...label, formatter: formatter(spec.x.unit, true) } },
      yAxis: { ...value, nameLocation: "end" },
      series: spec.series.map((series, index) => ({
        type: "scatter",
        name: series.name,
        data: series.points.map((point) => ({ value: [point.x, point.y], name: point.label, href: point.href, size: point.size })),
        symbolSize: (_, point) => 7 + 21 * Math.sqrt(Math.max(0, point.data.size ?? 0)),
        symbol: ["circle", "diamond", "triangle", "rect", "roundRect", "pin"][index % 6],
        cursor: series.points.some((point) => point.href) ? "pointer" : "default",
        itemStyle: { color: faded(colour(series.tone, index), 0.62), borderColor: colour(series.tone, index), borderWidth: 1 },
        markLine: index === 0 ? markLine : undefined,
      })),
      tooltip: {
        ...shared.tooltip,
        formatter: (item) => tip(item.name, [
          { colour: item.color, name: item.seriesName, text: "" },
          { colour: "transparent", name: spec.x.label, text: fullX(item.value[0]) },
          { colour: "transparent", name: spec.y.label, text: full(item.value[1]) },
        ]),
      },
    };
  }

  const series = [];
  spec.series.forEach((one, index) => {
    const tint = colour(one.tone, index);
    const base = { name: one.name, itemStyle: { color: tint }, emphasis: { focus: "none" } };
    if (one.shape === "band") {
      // Two stacked lines: an invisible floor and the filled distance to the ceiling.
      const hidden = { type: "line", stack: `band-${index}`, symbol: "none", lineStyle: { opacity: 0 }, silent: true, smooth: one.smooth ? 0.25 : false };
      const swatch = { color: faded(tint, 0.35) };
      series.push({ ...hidden, name: one.name, itemStyle: swatch, data: one.lower });
      series.push({ ...hidden, name: one.name, itemStyle: swatch, data: one.upper.map((upper, at) => (upper == null || one.lower[at] == null ? null : upper - one.lower[at])), areaStyle: { color: faded(tint, 0.18) } });
      return;
    }
    const data = one.values.map((number, at) => ({ value: number, href: one.links?.[at], itemStyle: one.tones?.[at] ? { color: colour(one.tones[at], at) } : undefined }));
    if (one.shape === "bar") {
      const radius = spec.stacked ? 0 : spec.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0];
      series.push({ ...base, type: "bar", data, stack: spec.stacked ? "all" : undefined, barMaxWidth: spec.touching ? undefined : 36, barCategoryGap: spec.touching ? "6%" : "32%", barMinHeight: 1, itemStyle: { color: tint, borderRadius: radius }, cursor: one.links ? "pointer" : "default" });
    } else {
      series.push({ ...base, type: "line", data, stack: spec.stacked ? "all" : undefined, showSymbol: one.values.length < 16, symbolSize: 6, symbol: "circle", lineStyle: { width: 2, color: tint, type: one.dashed ? [5, 4] : "solid" }, areaStyle: one.shape === "area" ? { color: faded(tint, 0.14) } : undefined });
    }
  });
  if (series[0] && markLine) series[0].markLine = markLine;
  const category = {
    type: "category",
    data: spec.categories,
    inverse: Boolean(spec.horizontal),
    name: spec.horizontal ? undefined : spec.x.label || undefined,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: name,
    boundaryGap: spec.series.some((one) => one.shape === "bar"),
    axisLabel: { ...label, color: colours["text-2"], hideOverlap: spec.categories.length > 8, interval: spec.categories.length > 8 ? "auto" : 0, width: spec.horizontal ? 130 : undefined, overflow: spec.horizontal ? "truncate" : undefined, fontSize: spec.categories.length > 8 || spec.horizontal ? 11 : 10.5 },
    axisLine: { lineStyle: { color: colours["line-strong"] } },
    axisTick: { show: false },
  };
  return {
    ...shared,
    xAxis: spec.horizontal ? value : category,
    yAxis: spec.horizontal ? category : value,
    series,
    dataZoom: spec.zoom ? [{ type: "inside", zoomOnMouseWheel: "ctrl" }] : undefined,
    tooltip: {
      ...shared.tooltip,
      formatter: (items) => tip(
        spec.categories[items[0].dataIndex],
        spec.series.map((one, index) => {
          const at = items[0].dataIndex;
          const text = one.shape === "band" ? `${full(one.lower[at])} – ${full(one.upper[at])}` : full(one.values[at]);
          return { colour: one.tones?.[at] ? colour(one.tones[at], at) : colour(one.tone, index), name: one.name, text };
        }),
      ),
    },
  };
}

customElements.define("eh-chart", Chart);
