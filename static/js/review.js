// Reviewing: many rows ticked with one click, and keys on the page of a report. Without this script all works by mouse.
"use strict";

(() => {
  // ---- the list: how many are ticked ----

  const boxes = [...document.querySelectorAll('input[name="chosen"]')];
  const choose = document.querySelector("[data-choose]");

  function count() {
    const number = boxes.filter((box) => box.checked).length;
    document.querySelector("[data-chosen]").textContent = number ? ` ${number} 份` : "";
  }

  if (choose) {
    choose.addEventListener("click", (event) => {
      event.preventDefault();
      const all = boxes.every((box) => box.checked);
      boxes.forEach((box) => { box.checked = !all; });
      count();
    });
    boxes.forEach((box) => box.addEventListener("change", count));
    addEventListener("pageshow", count);
  }

  // ---- one report: A passes or approves, R goes to the reason, J and N to the next, K and P to the one before ----

  const SAME = { n: "j", p: "k" };
  const reason = document.querySelector('.report-form:has([data-key="a"]) textarea[name="reason"]');
  const typing = (target) => target.matches("input, textarea, select, [contenteditable]");

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape" && event.target === reason) reason.blur();
    if (typing(event.target)) return;
    const key = event.key.toLowerCase();
    const target = key === "r" ? reason : document.querySelector(`[data-key="${SAME[key] ?? CSS.escape(key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target === reason) reason.focus();
    else target.click();
  }

  if (reason) addEventListener("keydown", press);
})();
