// The forms that propose a change: what would follow is shown while one types. The server works it out, as it does when
// one presses the button; without this script the button is the way.
"use strict";

(() => {
  const PAUSE_MS = 400;
  const form = document.querySelector("form[data-previewed]");
  let waiting, asked;

  async function look() {
    asked?.abort();
    asked = new AbortController();
    const typed = new FormData(form);
    typed.set("act", "preview");
    try {
      const answer = await fetch(location, { method: "POST", body: typed, signal: asked.signal });
      if (!answer.ok || answer.redirected) return; // the button will say what is the matter
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const made = page.querySelector("[data-preview]");
      if (made) document.querySelector("[data-preview]").replaceWith(made);
    } catch {
      // Typed on, or no network: what is shown stays.
    }
  }

  form?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE_MS);
  });

  // What was typed before this script was here.
  if ([...(form?.elements ?? [])].some((each) => each.value !== (each.defaultValue ?? each.value))) look();

  let sent = false;
  form?.addEventListener("submit", (event) => {
    if (sent) event.preventDefault(); // a double click
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
})();
