// The screen on the wall: turns its pages, asks for new figures, and stays for days.
//
// What is shown is replaced as a whole and nothing is kept of it, so that the page does not grow. When an answer fails
// to come the last figures stay, and the screen says so and asks again, soon at first and then once a minute.
"use strict";

(() => {
  const ASK_EVERY = 60;  // seconds
  const ASK_AGAIN = 5;  // after a failure, and twice as long after each further one, up to ASK_EVERY
  const PATIENCE = 20;  // an answer takes no longer
  const CONTROLS_STAY = 4;
  const SHIFTS = [[0, 0], [4, 2], [8, 0], [4, -2], [0, -4], [-4, -2], [-8, 0], [-4, 2]];  // pixels, so that nothing burns in

  const body = document.body;
  const stage = document.getElementById("stage");
  const holder = document.getElementById("pages");
  const state = document.getElementById("wall-state");
  const dots = document.querySelector(".wall-dots");
  const controls = document.querySelector(".wall-controls");
  const pause = controls.querySelector("[data-act=pause]");
  const later = (act, seconds) => setTimeout(act, seconds * 1000);

  let pages = [];
  let now = 0;
  let turned = 0;
  let paused = false;
  let etag = null;
  let failures = 0;
  let asked = Date.now();
  let turning, asking, hiding;

  // ---- pages ----

  function collect() {
    const shown = pages[now]?.dataset.page;
    pages = [...holder.querySelectorAll("[data-page]")];
    now = Math.max(0, pages.findIndex((page) => page.dataset.page === shown));
    const had = dots.contains(document.activeElement);
    dots.replaceChildren(...pages.map(dot));
    show(now);
    if (had) dots.children[now].focus();
  }

  function dot(page, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `第 ${place + 1} 页：${page.getAttribute("aria-label")}`);
    button.addEventListener("click", () => go(place));
    return button;
  }

  function show(place) {
    now = place;
    pages.forEach((page, each) => { page.hidden = each !== place; });
    [...dots.children].forEach((button, each) => button.toggleAttribute("aria-current", each === place));
  }

  function go(place) {
    show((place + pages.length) % pages.length);
    turned += 1;
    body.classList.add("turned");
    stage.style.translate = SHIFTS[turned % SHIFTS.length].map((pixels) => `${pixels}px`).join(" ");
    wait();
  }

  function wait() {
    clearTimeout(turning);
    const seconds = Number(holder.querySelector("[data-seconds]").dataset.seconds);
    if (!paused) turning = later(() => go(now + 1), seconds);
  }

  function hold(held) {
    paused = held;
    pause.textContent = held ? "继续" : "暂停";
    body.classList.toggle("paused", held);
    wait();
  }

  // ---- new figures ----

  function say(text, link) {
    state.replaceChildren(text);
    if (link) state.append(" ", Object.assign(document.createElement("a"), { href: link, textContent: "重新登录" }));
    state.hidden = !text;
  }

  async function ask() {
    clearTimeout(asking);
    asked = Date.now();
    let next = ASK_EVERY;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const patience = AbortSignal.timeout(PATIENCE * 1000);
      const answer = await fetch(body.dataset.url, { headers, cache: "no-store", redirect: "error", signal: patience });
      if (answer.status === 401) {
        say("登录已失效，画面停留在最后的数据，请", `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
      } else if (answer.status === 304 || answer.ok) {
        if (answer.ok) take(await answer.text(), answer.headers.get("ETag"));
        say("");
      } else {
        throw new Error(`${answer.status}`);
      }
      failures = 0;
    } catch {
      say("网络中断，正在重连");
      next = Math.min(ASK_EVERY, ASK_AGAIN * 2 ** failures);
      failures += 1;
    }
    clearTimeout(asking);
    asking = later(ask, next);
  }

  function take(text, version) {
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    const files = fresh.content.querySelector("[data-files]").dataset.files;
    if (files !== holder.querySelector("[data-files]").dataset.files) {
      location.reload();  // a new version of the site: its script and its style with it
      return;
    }
    holder.replaceChildren(fresh.content);
    etag = version;
    collect();
    wait();
  }

  // ---- keyboard, mouse, screen ----

  const KEYS = {
    " ": () => hold(!paused),
    ArrowRight: () => go(now + 1),
    ArrowDown: () => go(now + 1),
    PageDown: () => go(now + 1),
    ArrowLeft: () => go(now - 1),
    ArrowUp: () => go(now - 1),
    PageUp: () => go(now - 1),
    Home: () => go(0),
    End: () => go(pages.length - 1),
  };

  function key(event) {
    reveal();
    const act = KEYS[event.key];
    const pressed = event.key === " " && event.target.closest("a, button");  // the space bar presses what has the focus
    if (!act || pressed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  function reveal() {
    body.classList.add("touched");
    clearTimeout(hiding);
    hiding = later(() => body.classList.remove("touched"), CONTROLS_STAY);
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});  // where the browser can

  body.classList.add("running");
  collect();
  wait();
  asking = later(ask, ASK_EVERY);
  stayAwake();
  pause.addEventListener("click", () => hold(!paused));
  controls.querySelector("[data-act=full]").addEventListener("click", fill);
  document.addEventListener("keydown", key);
  document.addEventListener("pointermove", reveal);
  document.addEventListener("pointerdown", reveal);
  window.addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    stayAwake();
    if (Date.now() - asked > ASK_EVERY * 1000) ask();  // the machine slept
  });
})();
