// Photos of a report, on its own page and beside the grid: sent as soon as they are chosen, taken away on a second click.
// Each answer brings the part of the page anew, and the row of the report, told on with the event 'photos:saved'.
"use strict";

(() => {
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

  // What the page shows of these photos by now: it may have been drawn anew while they were sent, or belong to another row.
  const shown = (part) => document.querySelector(`[data-add="${part.dataset.add}"]`);

  async function send(part, address, body) {
    const say = (text) => { (shown(part) ?? part).querySelector("[data-refused]").textContent = text; };
    say("");
    part.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token() }, body });
      if (response.redirected || response.status === 403) {
        say("登录已过期，照片没有上传。请重新登录后再试。");
      } else if (response.status === 413) {
        say("照片超过 10 MB，请压缩后再上传。");
      } else if (response.ok) {
        arrived(part, await response.json());
      } else {
        say((await response.json()).message);
      }
    } catch {
      say("没有连上服务器，照片没有上传，请稍后再试。");
    }
    shown(part)?.removeAttribute("aria-busy");
  }

  function arrived(part, { part: html, row }) {
    shown(part)?.replaceWith(document.createRange().createContextualFragment(html));
    document.dispatchEvent(new CustomEvent("photos:saved", { detail: row }));
    const version = document.querySelector("form.report-form input[name=version]");
    if (version) version.value = row.version;
  }

  document.addEventListener("change", ({ target }) => {
    const part = target.closest?.("[data-photos]");
    if (!part || !("file" in target.dataset) || !target.files.length) return;
    const body = new FormData();
    body.set("file", target.files[0]);
    body.set("caption", part.querySelector("[data-caption]").value);
    target.value = "";
    send(part, part.dataset.add, body);
  });

  document.addEventListener("click", ({ target }) => {
    if (!target.dataset?.remove) return;
    if (target.textContent === "确认删除") send(target.closest("[data-photos]"), target.dataset.remove, null);
    else target.textContent = "确认删除";
  });
})();
