// 'My month': a grid filled with keys. Each cell is sent by itself and says how it went. What could not be sent is kept
// in this browser for this account and month, one entry a field, and sent when the network, or the session, is back.
// An element with the event 'month:typed' ({project, field, value}) is typed by another script. A row that becomes the
// active one says so with 'month:active', its side that has come with 'month:side'.
"use strict";

(() => {
  const root = document.querySelector(".columns.month");
  if (!root) return;
  const { month, key } = root.dataset;
  const account = Number(root.dataset.account);
  const beside = root.querySelector("[data-beside]");
  const dialog = document.querySelector("[data-dialog]");
  const network = document.querySelector("[data-network]");
  const banner = document.querySelector("[data-expired]");
  const RETRY = 10_000;
  const NAMES = {
    amount: "本月完成", year_to_date: "本年累计", received: "到位资金", stage: "建设阶段", image_progress: "形象进度",
    problems: "存在问题", next_plan: "下月计划", contact: "填报人及电话", explanation: "情况说明",
  };

  const QUARTERLY = { image_progress: "手续办理情况", next_plan: "下季计划" };
  const named = (row, field) => (row.said.procedures && QUARTERLY[field]) || NAMES[field];

  function element(tag, text, properties = {}) {
    return Object.assign(document.createElement(tag), { textContent: text, ...properties });
  }

  // ---- the server ----

  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

  // Status and answer; null where the server was not reached, or is not itself.
  async function post(address, what) {
    try {
      const response = await fetch(address, {
        method: "POST",
        keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ account, month, ...what }),
      });
      if (response.status === 401 || response.status === 403) return expire(response);
      if (response.status >= 500) return null;
      const answer = await response.json();
      banner.hidden = true;
      return { status: response.status, answer };
    } catch {
      return null;
    }
  }

  async function expire(response) {
    const text = await response.json().then((answer) => answer.message, () => "您填写的内容还在，重新登录后自动送出。");
    banner.querySelector("[data-expired-text]").textContent = text;
    banner.hidden = false;
    return null;
  }

  // ---- rows, and what was typed in them and is not saved yet ----

  const rows = new Map();
  for (const said of JSON.parse(document.getElementById("month-lines").textContent)) draw(said);

  // The server says what a row is; the page has its shape.
  function draw(said) {
    const line = root.querySelector("[data-row]").content.cloneNode(true).firstElementChild;
    const kind = said.editable ? (said.procedures ? "procedures" : "investment") : "settled";
    for (const cell of line.querySelectorAll("[data-if]")) if (cell.dataset.if !== kind) cell.remove();
    for (const cell of line.querySelectorAll("[data-show]")) {
      if (said[cell.dataset.show]) cell.textContent = said[cell.dataset.show];
      else if (cell.dataset.empty) cell.append(element("small", cell.dataset.empty));
    }
    rate(line, said);
    line.querySelector("a").href = `${root.dataset.reports}${said.project}/${month}/`;
    const inputs = Object.fromEntries([...line.querySelectorAll("[data-field]")].map((each) => [each.dataset.field, each]));
    for (const [name, input] of Object.entries(inputs)) {
      input.value = said[name];
      input.setAttribute("aria-label", `${input.getAttribute("aria-label")}：${said.name}`);
    }
    const project = String(said.project);
    line.dataset.project = project;
    rows.set(project, {
      project, line, inputs, said,
      version: said.version,
      known: Object.fromEntries(Object.keys(inputs).map((name) => [name, said[name]])),
      pending: new Map(), // field → {value, base, version, problem, clash}
      state: line.querySelector(".state"),
      busy: false,
      cut: false,
    });
    root.querySelector("[data-rows]").append(line);
  }

  // The share of the plan; where it looks like a wrong unit, that is asked beside it.
  function rate(line, said) {
    const doubt = said.check ? [" ", element("small", said.check, { className: "doubt" })] : [];
    line.querySelector(".rate").replaceChildren(said.rate, ...doubt);
  }

  const place = (row, field) => `month ${key} ${row.project} ${field}`;

  function keep(row, field, entry) {
    row.pending.set(field, entry);
    try {
      localStorage.setItem(place(row, field), JSON.stringify({ value: entry.value, base: entry.base, version: entry.version }));
    } catch {
      // No room or no permission: it is sent all the same.
    }
  }

  function drop(row, field) {
    row.pending.delete(field);
    localStorage.removeItem(place(row, field));
  }

  function restore() {
    for (const row of rows.values()) {
      for (const field of Object.keys(NAMES)) {
        const kept = localStorage.getItem(place(row, field));
        if (kept === null) continue;
        row.pending.set(field, JSON.parse(kept));
        if (row.inputs[field]) row.inputs[field].value = row.pending.get(field).value;
      }
      if (row.pending.size) show(row);
    }
    flush();
  }

  const OTHER = { amount: "year_to_date", year_to_date: "amount" }; // either follows from the other

  function typed(row, field, value) {
    const entry = row.pending.get(field);
    if (entry ? entry.value === value && !entry.problem : (row.known[field] ?? "") === value) return;
    if (OTHER[field]) drop(row, OTHER[field]);
    keep(row, field, { value, base: row.known[field], version: row.version });
    show(row);
    send(row);
  }

  // ---- one field after the other of a row, so that each save knows the version of the one before ----

  const sendable = (row) => [...row.pending].find(([, entry]) => !entry.problem && !entry.clash);

  async function send(row) {
    const next = sendable(row);
    if (row.busy || !next) return;
    const [field, entry] = next;
    row.busy = true;
    show(row);
    const { value, version } = entry;
    const result = await post(root.dataset.cell, { project: Number(row.project), field, value, version });
    row.busy = false;
    row.cut = result === null;
    if (result) settle(row, field, entry, result);
    show(row);
    watch();
    if (result) send(row);
  }

  function settle(row, field, entry, { status, answer }) {
    const current = row.pending.get(field) === entry;
    if (status === 200) {
      row.known[field] = entry.value;
      if (current) drop(row, field);
      adopt(row, answer, entry.version);
    } else if (status === 409) {
      overtaken(row, field, entry, answer);
    } else if (current) {
      entry.problem = answer.message;
    }
  }

  // Somebody else saved meanwhile. If this very field is as it was read, nothing is in the way.
  function overtaken(row, field, entry, { now, theirs, message }) {
    const untouched = theirs[field] === entry.base;
    Object.assign(row.known, theirs);
    adopt(row, now, entry.version);
    for (const each of row.pending.values()) each.version = now.version;
    if (!untouched && row.pending.get(field) === entry) entry.clash = { value: theirs[field], message };
  }

  // What the server says of the row: figures, state, version.
  function adopt(row, said, sent) {
    for (const entry of row.pending.values()) if (entry.version === sent) entry.version = said.version;
    row.version = said.version;
    row.said = said;
    for (const name of ["amount", "year_to_date"]) {
      const input = row.inputs[name];
      const editing = input === document.activeElement && input.value !== row.known[name];
      row.known[name] = said[name];
      if (input && !row.pending.has(name) && !editing) input.value = said[name];
    }
    rate(row.line, said);
    count();
    if (active === row) look(row, { figures: true });
  }

  function flush() {
    for (const row of rows.values()) send(row);
  }

  let timer = null;
  function watch() {
    const cut = [...rows.values()].filter((row) => row.cut).length;
    network.textContent = cut ? `○ 等待网络：${cut} 个项目有内容还没有送出，已存在这台电脑的浏览器里，恢复后自动送出` : "";
    clearTimeout(timer);
    if (cut) timer = setTimeout(flush, RETRY);
  }
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") flush();
    else commit(document.activeElement);
  });
  addEventListener("pagehide", () => commit(document.activeElement));

  // ---- what a row says ----

  function word(row) {
    const entries = [...row.pending];
    const clash = entries.find(([, entry]) => entry.clash);
    if (clash) return ["red", "conflict", "■", `冲突：${named(row, clash[0])}已被他人改动`];
    const problem = entries.find(([, entry]) => entry.problem);
    if (problem) return ["red", "invalid", "■", `有误：${row.inputs[problem[0]] ? "" : `${named(row, problem[0])}，`}${problem[1].problem}`];
    if (row.busy) return ["grey", "saving", "…", "保存中"];
    if (entries.length) return ["grey", "waiting", "○", "等待网络"];
    return [row.said.tone, row.said.state, row.said.shape, row.said.word];
  }

  function show(row) {
    const [tone, code, shape, text] = word(row);
    const label = element("span", "", { className: tone });
    label.dataset.state = code;
    label.append(element("span", shape, { ariaHidden: "true" }), ` ${text}`);
    row.state.replaceChildren(label);
    for (const input of [...Object.values(row.inputs), ...fields(row)]) {
      const entry = row.pending.get(input.dataset.field);
      input.setAttribute("aria-invalid", String(Boolean(entry?.problem || entry?.clash)));
      input.classList.toggle("doubted", !entry && input.dataset.field in OTHER && row.said.state === "doubted");
    }
    for (const [field, entry] of row.pending) {
      if (entry.problem && !row.inputs[field] && !(active === row && fields(row).length)) offer(row, field);
    }
    ask(row);
  }

  // A text that the row can't take any more: it stays readable until the person lets it go.
  function offer(row, field) {
    const entry = row.pending.get(field);
    const button = element("button", "不要了", { type: "button", className: "take" });
    button.addEventListener("click", () => { drop(row, field); show(row); });
    row.state.append(` 您填写的“${entry.value}”没有保存。`, button);
  }

  // A conflict shows both values in a line of its own.
  function ask(row) {
    const clash = [...row.pending].find(([, entry]) => entry.clash);
    row.question?.remove();
    if (!clash) return;
    const [field, entry] = clash;
    const cell = element("td", "", { colSpan: 7 });
    const mine = element("button", "用我的", { type: "button", className: "quiet" });
    const theirs = element("button", "用对方的", { type: "button", className: "quiet" });
    mine.addEventListener("click", () => choose(row, field, entry.value));
    theirs.addEventListener("click", () => choose(row, field, null));
    cell.append(
      element("strong", `${named(row, field)}：`), `您填的是 ${said(field, entry.value)}，`,
      `对方填的是 ${said(field, entry.clash.value)}（${entry.clash.message}）。 `, mine, " ", theirs,
    );
    row.question = element("tr", "", { className: "clash" });
    row.question.setAttribute("role", "alert");
    row.question.append(cell);
    row.line.after(row.question);
  }

  function said(field, value) {
    const options = field === "stage" ? [...beside.querySelectorAll("[data-field=stage] option")] : [];
    return `“${options.find((option) => option.value === value)?.text ?? (value || "空白")}”`;
  }

  function choose(row, field, value) {
    const { clash } = row.pending.get(field);
    drop(row, field);
    if (value === null) {
      for (const input of [row.inputs[field], ...fields(row)]) if (input?.dataset.field === field) input.value = clash.value;
      row.known[field] = clash.value;
    } else {
      keep(row, field, { value, base: clash.value, version: row.version });
    }
    show(row);
    send(row);
  }

  const kinds = root.dataset.kinds.split(" ");
  const counts = document.querySelector("[data-counts]");
  const submit = document.querySelector("[data-submit]");
  const ready = () => [...rows.values()].filter((row) => row.said.editable && !row.said.lacks && !row.pending.size);

  function count() {
    const lines = [...rows.values()].map((row) => row.said.kind);
    const numbers = kinds.map((kind) => [kind, lines.filter((each) => each === kind).length]).filter(([, number]) => number);
    counts.textContent = numbers.length ? `：${numbers.map(([kind, number]) => `${kind} ${number}`).join("、")}` : "";
    submit.textContent = `报送 ${ready().length} 份`;
    submit.disabled = !ready().length;
  }

  // ---- keys ----

  const of = (node) => rows.get(node?.closest?.("tr[data-project]")?.dataset.project ?? (beside.contains(node) ? active?.project : ""));

  function commit(input) {
    const row = of(input);
    if (row && input.dataset.field) typed(row, input.dataset.field, input.value.trim());
  }

  function step(input, by) {
    const column = input.dataset.field;
    const lines = [...rows.values()];
    for (let at = lines.indexOf(of(input)) + by; lines[at]; at += by) {
      const next = lines[at].inputs[column] ?? Object.values(lines[at].inputs)[0];
      if (next) return next;
    }
    return null;
  }

  function aside(input, by) {
    const inputs = Object.values(of(input).inputs);
    return inputs[inputs.indexOf(input) + by] ?? null;
  }

  const atStart = (input) => input.selectionEnd === 0 || (input.selectionStart === 0 && input.selectionEnd === input.value.length);
  const atEnd = (input) => input.selectionStart === input.value.length || atStart(input) && input.selectionEnd === input.value.length;
  const MOVES = {
    Enter: (input, event) => step(input, event.shiftKey ? -1 : 1),
    ArrowDown: (input) => step(input, 1),
    ArrowUp: (input) => step(input, -1),
    ArrowLeft: (input) => (atStart(input) ? aside(input, -1) : null),
    ArrowRight: (input) => (atEnd(input) ? aside(input, 1) : null),
  };

  root.querySelector("table.grid").addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.dataset.field || beside.contains(input) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const row = of(input);
      drop(row, input.dataset.field);
      input.value = row.known[input.dataset.field];
      input.select();
      show(row);
    }
    const next = MOVES[event.key]?.(input, event);
    if (event.key === "Enter") commit(input);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  root.addEventListener("change", (event) => commit(event.target));
  root.addEventListener("focusin", (event) => {
    const row = of(event.target);
    if (!row || beside.contains(event.target)) return;
    if (event.target.dataset.field) event.target.select();
    activate(row);
  });
  root.addEventListener("click", (event) => {
    const row = of(event.target);
    if (row && !beside.contains(event.target)) activate(row);
  });
  root.addEventListener("month:typed", ({ detail: { project, field, value } }) => {
    const row = rows.get(String(project));
    if (row.inputs[field]) row.inputs[field].value = value;
    typed(row, field, value);
  });

  document.addEventListener("photos:saved", ({ detail }) => {
    const row = rows.get(String(detail.project));
    adopt(row, detail, row.version);
    show(row);
    if (row === active && beside.dataset.project === row.project) look(row, { figures: true }); // not what was asked before
  });

  // ---- beside the active row ----

  let active = null;
  let looking = 0;
  const fields = (row) => (row === active && beside.dataset.project === row.project ? [...beside.querySelectorAll("[data-field]")] : []);

  function activate(row) {
    if (row === active) return;
    active?.line.classList.remove("active");
    active = row;
    row.line.classList.add("active");
    row.line.dispatchEvent(new Event("month:active", { bubbles: true }));
    look(row, { figures: beside.dataset.project === row.project }); // who comes back finds what he or she was at
  }

  // Asks for the side of a row, a moment after the last step: who runs down the rows asks once.
  async function look(row, { figures }) {
    const turn = ++looking;
    await new Promise((resolve) => { setTimeout(resolve, 120); });
    if (turn !== looking) return;
    let text = null;
    try {
      const response = await fetch(`${root.dataset.side}${row.project}/${month}/`);
      if (response.ok && !response.redirected) text = await response.text();
    } catch {
      // said below
    }
    if (turn !== looking) return;
    if (text === null) {
      if (beside.dataset.project !== row.project) missing(row);
      return;
    }
    const part = document.createRange().createContextualFragment(text);
    if (figures && beside.dataset.project === row.project) {
      beside.querySelector("[data-figures]").replaceWith(part.querySelector("[data-figures]"));
      explain(row);
    } else {
      fill(row, part);
    }
    beside.dispatchEvent(new Event("month:side", { bubbles: true }));
  }

  function missing(row) {
    delete beside.dataset.project;
    beside.replaceChildren(
      element("h2", row.said.name),
      element("p", "○ 等待网络：暂时看不到这个项目的详情，金额照常可以填写。", { className: "caption" }),
    );
  }

  function fill(row, part) {
    beside.replaceChildren(part);
    beside.dataset.project = row.project;
    for (const input of fields(row)) {
      const name = input.dataset.field;
      if (!(name in row.inputs)) row.known[name] = input.value;
      if (row.pending.has(name)) input.value = row.pending.get(name).value;
    }
    show(row);
  }

  function explain(row) {
    const box = beside.querySelector("[data-explain]");
    if (box) box.hidden = !row.said.doubts?.length && !box.querySelector("textarea").value;
  }

  beside.addEventListener("click", ({ target }) => {
    if (!("take" in target.dataset)) return;
    const input = document.getElementById(target.dataset.take);
    input.value = target.dataset.last;
    input.focus();
    commit(input);
  });

  // ---- handing in ----

  function names(title, lines) {
    if (!lines.length) return [];
    const list = element("ul", "", { className: "gaps" });
    list.append(...lines.map(([name, why]) => element("li", why ? `${name}：${why}` : name)));
    return [element("h3", title), list];
  }

  const nameOf = (row) => row.said.name;

  function lacking(row) {
    if ([...row.pending.values()].some((entry) => entry.problem || entry.clash)) return "有内容还没有改正";
    return row.pending.size ? "有内容还没有送出" : row.said.lacks;
  }

  submit.addEventListener("click", () => {
    commit(document.activeElement);
    const complete = ready();
    const rest = [...rows.values()].filter((row) => row.said.editable && !complete.includes(row));
    const go = element("button", `报送 ${complete.length} 份`, { type: "button", className: "button" });
    const back = element("button", "返回", { type: "button", className: "quiet" });
    const actions = element("p", "", { className: "actions" });
    actions.append(go, back);
    back.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => handIn(complete, go));
    dialog.replaceChildren(
      element("h2", `报送 ${complete.length} 份月报`, { id: "dialog-title" }),
      element("p", "报送后等待审核，审核开始前可以撤回。", { className: "caption" }),
      ...names("报送", complete.map((row) => [nameOf(row), ""])),
      ...names("暂不报送", rest.map((row) => [nameOf(row), lacking(row)])),
      actions,
    );
    dialog.showModal();
  });

  async function handIn(complete, go) {
    go.disabled = true;
    go.textContent = "报送中……";
    const list = complete.map((row) => [Number(row.project), row.version]);
    const result = await post(root.dataset.submitTo, { rows: list });
    if (result?.status !== 200) {
      go.disabled = false;
      go.textContent = "没有送出，再试一次";
      return;
    }
    const { results } = result.answer;
    const done = results.filter((each) => each.done);
    const close = element("button", "知道了", { type: "button", className: "button" });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => location.reload(), { once: true });
    dialog.replaceChildren(
      element("h2", `已报送 ${done.length} 份`, { id: "dialog-title" }),
      ...names("没有报送", results.filter((each) => !each.done).map((each) => [each.name, each.message])),
      close,
    );
    close.focus();
  }

  restore();
  count();
  for (const row of rows.values()) show(row);
  // On a desk the first row that can be typed is shown beside at once; on a phone the side stands under a row, if asked for.
  const first = [...rows.values()].find((row) => row.inputs.amount);
  if (first && matchMedia("(min-width: 1121px)").matches) activate(first);
})();
