// Draws every element that has a data-chart-url. The server says what to draw and which role each part plays
// (actual, plan, time, month, track, text); the colour of a role comes from the style sheet. Where the layout's meta has
// links, a click on a point opens the one of its place on the axis; the page gives the same links in a table.
"use strict";

(() => {
  const CONFIG = {
    responsive: true,
    displayModeBar: false,
    displaylogo: false,
    modeBarButtonsToRemove: ["sendChartToCloud"],
    plotlyServerURL: "",
  };
  const NARROW = matchMedia("screen and (max-width: 600px)");
  const LOOKS = [NARROW, matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const ROLES = {
    actual: () => ({
      line: { color: token("actual"), width: 3 },
      marker: { color: token("actual"), size: 7 },
    }),
    plan: (trace) => ({ line: { ...trace.line, color: token("plan"), width: 2 } }),
    time: (trace) => ({
      line: { ...trace.line, color: token("time"), width: 1.6 },
      marker: { ...trace.marker, line: { ...trace.marker?.line, color: token("time") } },
    }),
    month: () => ({ marker: { color: token("month") } }),
    track: () => ({ marker: { color: token("track") } }),
  };

  function styledTrace(trace) {
    const style = ROLES[trace.meta](trace);
    if (trace.type === "bar") delete style.line;
    return { ...trace, ...style };
  }

  function styledLayout(figure) {
    const layout = structuredClone(figure.layout);
    const font = { family: token("font"), color: token("ink-2"), size: 13 };
    const label = { bgcolor: token("paper"), bordercolor: token("line"), font: { ...font, color: token("ink") } };
    Object.assign(layout, { font, autosize: true, hoverlabel: label });
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    for (const axis of [layout.xaxis, layout.yaxis]) {
      Object.assign(axis, { gridcolor: token("line-2"), linecolor: token("line") });
    }
    Object.assign(layout.xaxis, { spikecolor: token("plan"), spikethickness: -1, spikedash: "solid" });
    for (const note of layout.annotations ?? []) {
      note.font = { ...note.font, color: token(note.name === "text" ? "ink" : `${note.name}-text`), size: 13 };
    }
    if (NARROW.matches) {
      for (const [path, value] of Object.entries(layout.meta?.narrow ?? {})) {
        const [part, attribute] = path.split(".");
        layout[part][attribute] = value;
      }
    }
    return layout;
  }

  const paint = (element, figure) =>
    Plotly.react(element, figure.data.map(styledTrace), styledLayout(figure), CONFIG);

  function follow(element, links) {
    element.classList.add("linked");
    element.on("plotly_click", ({ points: [point] }) => {
      if (links[point.pointIndex]) location.assign(links[point.pointIndex]);
    });
  }

  function say(element, text, control) {
    const box = document.createElement("div");
    box.className = "chart-error";
    box.setAttribute("role", "alert");
    box.append(text, control);
    element.removeAttribute("role");
    element.replaceChildren(box);
  }

  function control(tag, text, properties) {
    return Object.assign(document.createElement(tag), { textContent: text, className: "quiet", ...properties });
  }

  // The page may show a first picture of the figure, as plain SVG: it stays until the figure is there.
  async function draw(element) {
    element.querySelector(".chart-error")?.remove();
    try {
      const response = await fetch(element.dataset.chartUrl, { headers: { Accept: "application/json" } });
      if (response.redirected) {
        say(element, "登录已过期，图表没有取到数据。", control("a", "重新登录", { href: location.href }));
        return;
      }
      if (!response.ok) throw new Error(`${response.status}`);
      const figure = await response.json();
      element.replaceChildren();
      await paint(element, figure);
      element.setAttribute("role", "img");
      if (figure.layout.meta?.links) follow(element, figure.layout.meta.links);
      for (const look of LOOKS) look.addEventListener("change", () => paint(element, figure));
    } catch {
      const retry = control("button", "重试", { type: "button", onclick: () => draw(element) });
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

  document.querySelectorAll("[data-chart-url]").forEach(draw);
})();
