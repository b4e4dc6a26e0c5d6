// Where the grid of 'My month' takes the whole width, what belongs to the active row does not stand beside the grid but
// under the row: folded to one line, until it is asked for or has something to say itself (a return, a doubt).
"use strict";

(() => {
  const root = document.querySelector(".columns.month");
  if (!root) return;
  const side = root.querySelector("[data-beside]");
  const narrow = matchMedia("(max-width: 1120px)");
  const line = Object.assign(document.createElement("tr"), { className: "under" });
  const cell = line.appendChild(Object.assign(document.createElement("td"), { colSpan: 7 }));
  const fold = cell.appendChild(Object.assign(document.createElement("button"), { type: "button", className: "fold" }));
  fold.setAttribute("aria-controls", side.id);

  function place() {
    const active = root.querySelector("tr.active");
    line.remove();
    if (active && narrow.matches) {
      active.after(line);
      cell.append(side);
    } else {
      root.append(side);
    }
  }

  function open(unfolded) {
    side.hidden = narrow.matches && !unfolded;
    fold.textContent = unfolded ? "收起详情" : "展开详情：到位资金、形象进度、照片等";
    fold.setAttribute("aria-expanded", unfolded);
  }

  // The row that was touched stays where it is on the screen, whatever is folded above it.
  root.addEventListener("month:active", ({ target }) => {
    const { top } = target.getBoundingClientRect();
    open(false);
    place();
    scrollBy({ top: target.getBoundingClientRect().top - top, behavior: "instant" });
  });
  root.addEventListener("month:side", () => {
    if (side.querySelector(".notice.warning")) open(true);
  });
  fold.addEventListener("click", () => open(side.hidden));
  narrow.addEventListener("change", () => {
    place();
    open(false);
  });
  open(false);
})();
