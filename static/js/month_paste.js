// A block from a spreadsheet, pasted into an amount cell of 'My month': the server says what it would do, the person
// decides, and what is taken is typed cell by cell. What can't be taken stays listed below the grid.
"use strict";

(() => {
  const root = document.querySelector(".columns.month");
  if (!root) return;
  const dialog = document.querySelector("[data-dialog]");
  const COLUMNS = ["amount", "year_to_date"];
  let last = null; // the cell that was typed in last: where the button pastes

  const cells = () => [...root.querySelectorAll("table.grid [data-field]")].filter((input) => COLUMNS.includes(input.dataset.field));

  root.addEventListener("focusin", ({ target }) => {
    if (cells().includes(target)) last = target;
  });

  root.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!cells().includes(event.target) || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    ask(event.target, text);
  });

  // ---- the button: for whoever does not know the key, and for a clipboard that a page may not read ----

  document.querySelector("[data-paste]").addEventListener("click", () => {
    const area = Object.assign(document.createElement("textarea"), { className: "form-control", rows: 8, id: "pasted" });
    const heading = Object.assign(document.createElement("h2"), { textContent: "从 Excel 粘贴", id: "dialog-title" });
    const hint = Object.assign(document.createElement("label"), {
      className: "caption",
      htmlFor: "pasted",
      textContent: "把表格中的一块复制到这里：一列金额从选中的一行往下填；两列以上时按项目名称或编号对应，可以带表头。",
    });
    const go = button("预览", "button", () => {
      const cell = last ?? cells()[0];
      if (cell && area.value.trim()) ask(cell, area.value);
    });
    const actions = Object.assign(document.createElement("p"), { className: "actions" });
    actions.append(go, button("取消", "quiet", () => dialog.close()));
    dialog.replaceChildren(heading, hint, area, actions);
    dialog.showModal();
    area.focus();
  });

  function button(text, className, onclick) {
    return Object.assign(document.createElement("button"), { type: "button", textContent: text, className, onclick });
  }

  // ---- the preview ----

  async function ask(cell, text) {
    const project = Number(cell.closest("tr").dataset.project);
    const answer = await send({ project, column: cell.dataset.field, text });
    if (answer === null) {
      say("没有连上服务器，或者登录已过期。您复制的内容还在剪贴板里，恢复后再粘贴一次。");
      return;
    }
    dialog.replaceChildren(document.createRange().createContextualFragment(answer));
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => finish(dialog.returnValue === "take"), { once: true });
    dialog.returnValue = "";
  }

  async function send(what) {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    try {
      const response = await fetch(root.dataset.pasteTo, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ account: Number(root.dataset.account), month: root.dataset.month, ...what }),
      });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }

  function say(text) {
    const notice = Object.assign(document.createElement("p"), { className: "notice error", textContent: text });
    notice.setAttribute("role", "alert");
    dialog.replaceChildren(notice, button("知道了", "button", () => dialog.close()));
    if (!dialog.open) dialog.showModal();
  }

  function finish(taken) {
    if (!taken) return;
    for (const { dataset } of dialog.querySelectorAll("tr[data-value]")) {
      const detail = { project: dataset.project, field: dataset.column, value: dataset.value };
      root.dispatchEvent(new CustomEvent("month:typed", { detail }));
    }
    const rejected = dialog.querySelectorAll("[data-rejected] li");
    const fold = root.querySelector("[data-left-over]");
    fold.hidden = !rejected.length;
    fold.open = true;
    fold.querySelector("summary").textContent = `粘贴时没有采用的 ${rejected.length} 行`;
    fold.querySelector("ul").replaceChildren(...rejected);
  }
})();
