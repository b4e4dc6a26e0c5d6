// Draws every element that has a data-chart-url. The server says what to draw and which role each part plays; the
// colour of a role comes from the style sheet. What else a figure tells stands in its layout's meta: see charts.py.
//
// Each chart can be read without seeing it and without a mouse: the arrow keys go from place to place on its axis, the
// values are said and shown, Enter opens what a click opens. A table says the same: the one on the page that
// aria-describedby names, else one that is made here. Below each chart it can be taken away as an image, in light
// colours, with its title, its unit and its time.
"use strict";

(() => {
  const CONFIG = {
    responsive: true,
    displayModeBar: false,
    displaylogo: false,
    modeBarButtonsToRemove: ["sendChartToCloud"],
    plotlyServerURL: "",
  };
  const IMAGE = { width: 800, height: 450 }; // a PNG has twice as many points each way
  const TITLE_LENGTH = 34; // characters of a title that fit on a line of the image
  const NARROW = 520; // pixels of a chart below which it is drawn as on a phone
  const LOOKS = ["screen and (max-width: 600px)", "(prefers-color-scheme: dark)", "print"].map((look) => matchMedia(look));

  // A palette gives the value of a token: on the screen as it is now, on an image as it is in the light.
  const screen = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const light = (name) => {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
    const value = rules.find((rule) => rule.selectorText === ":root").style.getPropertyValue(`--${name}`).trim();
    const other = value.match(/^var\(--([\w-]+)\)$/);
    return other ? light(other[1]) : value;
  };

  const ROLES = {
    actual: (trace, token) => ({
      line: { ...trace.line, color: token("actual"), width: 3 },
      marker: { color: token("actual"), size: 7 },
    }),
    plan: (trace, token) => ({
      line: { ...trace.line, color: token("plan"), width: 2 },
      marker: { ...trace.marker, line: { ...trace.marker?.line, color: token("plan") } },
    }),
    time: (trace, token) => ({
      line: { ...trace.line, color: token("time"), width: 1.6 },
      marker: { ...trace.marker, line: { ...trace.marker?.line, color: token("time") } },
    }),
  };
  const NOTES = { text: "ink", unit: "ink-3" };

  function styledTrace(trace, token) {
    const roles = [trace.meta].flat();
    const fill = roles.map(token);
    const style = ROLES[trace.meta]?.(trace, token) ?? {
      line: { ...trace.line, color: fill[0], width: 2 },
      marker: { ...trace.marker, color: roles.length > 1 ? fill : fill[0] },
    };
    if (trace.type === "bar") delete style.line;
    return { ...trace, ...style };
  }

  function styledLayout(figure, token) {
    const layout = structuredClone(figure.layout);
    const font = { family: token("font"), color: token("ink-2"), size: 13 };
    const label = { bgcolor: token("paper"), bordercolor: token("line"), font: { ...font, color: token("ink") } };
    Object.assign(layout, { font, autosize: true, hoverlabel: { ...label, namelength: -1 } });
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    for (const axis of [layout.xaxis, layout.yaxis]) {
      Object.assign(axis, { gridcolor: token("line-2"), linecolor: token("line") });
    }
    Object.assign(layout.xaxis, { spikecolor: token("plan"), spikethickness: -1, spikedash: "solid" });
    for (const note of layout.annotations ?? []) {
      note.font = { ...note.font, color: token(NOTES[note.name] ?? `${note.name}-text`), size: 13 };
    }
    return layout;
  }

  function narrowed(layout) {
    for (const [path, value] of Object.entries(layout.meta?.narrow ?? {})) {
      const [part, attribute] = path.split(".");
      layout[part][attribute] = value;
    }
    return layout;
  }

  function paint(element, figure) {
    const layout = styledLayout(figure, screen);
    const data = figure.data.map((trace) => styledTrace(trace, screen));
    return Plotly.react(element, data, element.clientWidth < NARROW ? narrowed(layout) : layout, CONFIG);
  }

  // ---- small parts ----

  function make(tag, properties, ...content) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...content);
    return element;
  }

  function say(element, text, ...control) {
    const box = make("div", { className: "chart-error" }, text, ...control);
    box.setAttribute("role", control.length ? "alert" : "note");
    element.removeAttribute("role");
    element.replaceChildren(box);
  }

  // ---- what a figure says in words ----

  const columns = (figure) => figure.data.filter((trace) => trace.name);
  const places = (figure) => figure.layout.meta?.places ?? figure.data[0].x;

  function words(figure, place) {
    const said = columns(figure).filter((trace) => trace.customdata[place]);
    const values = said.map((trace) => `${trace.name} ${trace.customdata[place]}`);
    return `${places(figure)[place]}：${values.join("，") || "没有数据"}`;
  }

  function table(figure) {
    const traces = columns(figure);
    const head = ["", ...traces.map((trace) => trace.name)].map((name) => make("th", { scope: "col" }, name));
    const rows = places(figure).map((name, place) => {
      const link = figure.layout.meta?.links?.[place];
      const first = make("th", { scope: "row" }, link ? make("a", { href: link }, name) : name);
      return make("tr", {}, first, ...traces.map((trace) => make("td", { className: "number" }, trace.customdata[place])));
    });
    const whole = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    const summary = make("summary", {}, "图表数据");
    return make("details", { className: "chart-table" }, summary, make("div", { className: "table-container" }, whole));
  }

  // ---- keys ----

  const valueOf = (trace, place) => (trace.orientation === "h" ? trace.x : trace.y)[place];

  // What the mouse would show there.
  function show(element, place) {
    if (element.layout.hovermode === "x unified") {
      Plotly.Fx.hover(element, { xval: place, yval: 0 }, "xy");
      return;
    }
    const bars = columns(element).filter((trace) => trace.type === "bar" && valueOf(trace, place) !== null);
    Plotly.Fx.hover(element, bars.map((trace) => ({ curveNumber: element.data.indexOf(trace), pointNumber: place })));
  }

  function reading(frame, element, figure, status) {
    const last = places(figure).length - 1;
    const links = figure.layout.meta?.links;
    let place = -1;
    const goTo = (wanted) => {
      place = Math.max(0, Math.min(last, wanted));
      status.textContent = words(figure, place);
      show(element, place);
    };
    const leave = () => {
      place = -1;
      status.textContent = "";
      Plotly.Fx.unhover(element);
    };
    const KEYS = {
      ArrowRight: () => goTo(place + 1),
      ArrowDown: () => goTo(place + 1),
      ArrowLeft: () => goTo(place - 1),
      ArrowUp: () => goTo(place - 1),
      Home: () => goTo(0),
      End: () => goTo(last),
      Escape: leave,
      Enter: () => links?.[place] && location.assign(links[place]),
    };
    frame.addEventListener("keydown", (event) => {
      if (!KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    frame.addEventListener("blur", leave);
  }

  // ---- the image ----

  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  function title({ subject, title, month }) {
    const text = [subject, title].filter(Boolean).join(" ");
    return { text, file: `${text}（截至${month}）`.replace(/[\\/:*?"<>|\s]+/g, " ") };
  }

  function lines(text) {
    const pieces = text.match(new RegExp(`.{1,${TITLE_LENGTH}}`, "gu")) ?? [""];
    return pieces.map(plain).join("<br>");
  }

  function imageLayout(figure) {
    const layout = styledLayout(figure, light);
    const meta = figure.layout.meta;
    const head = 78 + 24 * Math.floor((title(meta).text.length - 1) / TITLE_LENGTH);
    const margin = layout.margin;
    Object.assign(margin, { t: margin.t + head, b: margin.b + 44, l: margin.l + 22, r: margin.r + 26 });
    layout.paper_bgcolor = light("paper");
    const edge = { x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top" };
    layout.title = {
      ...edge,
      text: lines(title(meta).text),
      pad: { l: 24, t: 22 },
      font: { size: 20, weight: 700, color: light("ink") },
      subtitle: { text: `单位：${meta.unit} · 截至${meta.month}`, font: { size: 13, color: light("ink-3") } },
    };
    layout.annotations = [
      ...(layout.annotations ?? []).filter((note) => note.name !== "unit"),
      {
        text: `来源：张家界重点产业项目，只计已审定的月报 · 数据时间 ${meta.as_of}`,
        showarrow: false, font: { size: 12, color: light("ink-3") }, align: "left",
        xref: "paper", x: 0, xanchor: "left", xshift: 22 - margin.l,
        yref: "paper", y: 0, yanchor: "bottom", yshift: 12 - margin.b,
      },
    ];
    return Object.assign(layout, { autosize: false, ...IMAGE });
  }

  async function takeAway(figure, format) {
    const data = figure.data.map((trace) => styledTrace(trace, light));
    const picture = { data, layout: imageLayout(figure), config: { ...CONFIG, responsive: false } };
    const href = await Plotly.toImage(picture, { format, ...IMAGE, scale: format === "png" ? 2 : 1 });
    make("a", { href, download: `${title(figure.layout.meta).file}.${format}` }).click();
  }

  function takeAwayButton(figure, format, status) {
    const button = make("button", { type: "button", className: "take-away" }, `下载 ${format.toUpperCase()}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await takeAway(figure, format);
      } catch {
        status.textContent = "图片没有生成，请再试一次。";
      }
      button.disabled = false;
    });
    return button;
  }

  // ---- from the address to the chart ----

  // The chart gets a frame that takes the keys, and a foot with what is said and the images.
  function framed(element, figure) {
    const keys = make("div", { className: "chart-keys", tabIndex: 0 });
    const status = make("p", { className: "chart-said" });
    status.setAttribute("role", "status");
    const opens = figure.layout.meta?.links ? "，回车打开" : "";
    keys.setAttribute("role", "application");
    keys.setAttribute("aria-roledescription", "图表");
    keys.setAttribute("aria-label", `${element.getAttribute("aria-label")}。方向键逐点查看${opens}`);
    const foot = make("div", { className: "chart-foot" }, status);
    if (figure.layout.meta?.title) foot.append(...["png", "svg"].map((format) => takeAwayButton(figure, format, status)));
    element.replaceWith(keys);
    keys.append(element);
    keys.after(foot);
    const named = element.getAttribute("aria-describedby");
    if (named && document.getElementById(named)) {
      element.removeAttribute("aria-describedby"); // a whole table would be read out as its description
      keys.setAttribute("aria-details", named);
    } else {
      foot.after(table(figure));
    }
    reading(keys, element, figure, status);
  }

  function follow(element, links) {
    element.classList.add("linked");
    element.on("plotly_click", ({ points: [point] }) => {
      if (links[point.pointIndex]) location.assign(links[point.pointIndex]);
    });
  }

  // The page may show a first picture of the figure, as plain SVG: it stays until the figure is there.
  async function draw(element) {
    element.querySelector(".chart-error")?.remove();
    try {
      const response = await fetch(element.dataset.chartUrl, { headers: { Accept: "application/json" } });
      if (response.redirected) {
        const login = make("a", { className: "quiet", href: location.href }, "重新登录");
        say(element, "登录已过期，图表没有取到数据。", login);
        return;
      }
      if (!response.ok) throw new Error(`${response.status}`);
      const figure = await response.json();
      if (figure.layout.meta?.empty) {
        say(element, figure.layout.meta.empty);
        element.classList.add("none");
        return;
      }
      element.replaceChildren();
      await paint(element, figure);
      element.setAttribute("role", "img");
      framed(element, figure);
      if (figure.layout.meta?.links) follow(element, figure.layout.meta.links);
      for (const look of LOOKS) look.addEventListener("change", () => paint(element, figure));
    } catch {
      const retry = make("button", { type: "button", className: "quiet", onclick: () => draw(element) }, "重试");
      say(element, "图表没有取到数据，可能是网络中断或服务器忙。", retry);
    }
  }

  // On paper a chart is drawn in the size that the style sheet gives it there, and scaled to its column. It is painted
  // again when the page turns to paper: then the size is given once more.
  let onPaper = false;
  const drawn = () => document.querySelectorAll(".js-plotly-plot");

  function putOnPaper(element) {
    const [width, height] = getComputedStyle(element).getPropertyValue("--paper-size").trim().split(" ").map(Number);
    if (element.layout.width !== width) Plotly.relayout(element, { autosize: false, width, height });
    for (const picture of element.querySelectorAll(".main-svg")) picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  function takeOffPaper(element) {
    for (const picture of element.querySelectorAll(".main-svg")) picture.removeAttribute("viewBox");
    Plotly.relayout(element, { autosize: true, width: null, height: null });
  }

  addEventListener("beforeprint", () => {
    onPaper = true;
    for (const element of drawn()) {
      element.on("plotly_afterplot", () => onPaper && putOnPaper(element));
      putOnPaper(element);
    }
  });
  addEventListener("afterprint", () => {
    onPaper = false;
    drawn().forEach(takeOffPaper);
  });

  // What a fold hides is drawn when it opens.
  function begin(element) {
    if (element.checkVisibility()) draw(element);
    else element.closest("details")?.addEventListener("toggle", () => draw(element), { once: true });
  }

  document.querySelectorAll("[data-chart-url]").forEach(begin);
})();
